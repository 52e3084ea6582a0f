// Adds a line to a pad of plain text with stock Yjs, and prints what stands in it then.
import { WebsocketProvider } from 'y-websocket'
import WebSocket from 'ws'
import * as Y from 'yjs'

const { SERVER, NAME, APP_PASSWORD, PAD, LINE } = process.env
const authorization = `Basic ${Buffer.from(`${NAME}:${APP_PASSWORD}`).toString('base64')}`
const doc = new Y.Doc()
const asked = await fetch(`${SERVER}${PAD}/session`, {
  method: 'POST',
  headers: { authorization, 'content-type': 'application/json' },
  body: JSON.stringify({ client: doc.clientID }),
})
const { ticket } = await asked.json()

// A ticket is good for one connection within 30 seconds.
const provider = new WebsocketProvider(`${SERVER.replace(/^http/, 'ws')}/p/ws`, 'live', doc, {
  WebSocketPolyfill: WebSocket, params: { ticket }, disableBc: true,
})
provider.once('sync', async () => {
  doc.getText('body').insert(0, `${LINE}\n`)
  console.log(doc.getText('body').toString())
  // What was written last still has to go out.
  setTimeout(() => { provider.destroy(); doc.destroy() }, 500)
})
