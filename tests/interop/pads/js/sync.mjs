// Two stock clients (yjs, y-websocket, ws) write in one pad, a third may only read.
// node sync.mjs '{"url": "ws://HOST/p/ws", "room": "live", "kind": "text" | "rich",
//   "writers": [{"ticket", "client"}, {"ticket", "client"}], "reader": {"ticket", "client"} | null}'
// Prints one line of JSON; exit code 1 and "failed" in it where something did not happen in time.
import WebSocket from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

const WAIT_MS = 10_000
const task = JSON.parse(process.argv[2])
const providers = []

function connect({ ticket, client }) {
  const doc = new Y.Doc()
  doc.clientID = client
  const body = task.kind === 'text' ? doc.getText('body') : doc.getXmlFragment('body')
  const provider = new WebsocketProvider(task.url, task.room, doc, {
    WebSocketPolyfill: WebSocket, params: { ticket }, disableBc: true, connect: false,
  })
  const one = { doc, body, provider, code: null }
  provider.on('connection-close', (event) => {
    // A ticket is good for one connection.
    provider.shouldConnect = false
    one.code = event?.code ?? 0
  })
  provider.connect()
  providers.push(provider)
  return one
}

async function until(what, holds) {
  const end = Date.now() + WAIT_MS
  while (!holds()) {
    if (Date.now() > end) throw new Error(`not in time: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function write(one, word) {
  if (task.kind === 'text') {
    one.body.insert(one.body.length, `${word} `)
    return
  }
  if (one.body.length === 0) {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText('')])
    one.body.insert(0, [paragraph])
  }
  const line = one.body.get(0).get(0)
  line.insert(line.length, `${word} `, word.length % 2 ? { bold: {} } : {})
  one.body.get(0).setAttribute('textAlign', word.length % 2 ? 'left' : 'right')
}

const says = (one) => one.body.toString()

async function tell() {
  const [anna, ben] = task.writers.map(connect)
  await until('both are in sync', () => anna.provider.synced && ben.provider.synced)
  write(anna, 'hallo')
  await until('the other reads', () => says(ben) === says(anna) && says(ben).includes('hallo'))
  for (let number = 0; number < 30; number += 1) {
    write(number % 2 ? anna : ben, `wort${number}`)
    if (number % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  ben.doc.transact(() => ben.body.delete(0, task.kind === 'text' ? 3 : 0))
  await until('both read the same', () => says(ben) === says(anna))
  const cursor = { anchor: 1, head: 2 }
  anna.provider.awareness.setLocalState({ cursor, user: { name: 'forged' }, other: 1 })
  const seen = () => ben.provider.awareness.getStates().get(anna.doc.clientID)
  await until('the caret is seen', () => seen()?.cursor)
  const found = { says: says(anna), caret: seen(), reader: null }
  if (task.reader) found.reader = await read(anna)
  found.codes = [anna.code, ben.code]
  return found
}

async function read(anna) {
  const reader = connect(task.reader)
  await until('the reader is in sync', () => says(reader) === says(anna))
  const before = says(anna)
  reader.provider.awareness.setLocalState({ cursor: { anchor: 0 } })
  for (let number = 0; number < 12 && reader.code === null; number += 1) {
    write(reader, `nein${number}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await until('the reader is closed', () => reader.code !== null)
  write(anna, 'weiter')
  const unchanged = before !== says(reader) && !says(anna).includes('nein')
  const caret = anna.provider.awareness.getStates().has(reader.doc.clientID)
  return { code: reader.code, unchanged, caret }
}

let result
try {
  result = await tell()
} catch (error) {
  result = { failed: error.message }
}
providers.forEach((provider) => provider.destroy())
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(result.failed ? 1 : 0)
