// Writes documents with the stock yjs and prints them, for the reader in allmende/protocols/yjs.
// node documents.mjs '{"seed": 1, "writers": 3, "edits": 60}' -> {"text": {...}, "rich": {...}}
import * as Y from 'yjs'

const { seed, writers, edits } = JSON.parse(process.argv[2])
const WORDS = ['a', 'wort ', 'äöü', '😀', 'zeile\n', '👩‍🌾x']

function chances(start) {
  let state = start >>> 0 || 1
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const chance = chances(seed)
const hex = (bytes) => Buffer.from(bytes).toString('hex')

/** A place in a text that does not cut a character. */
function place(text, most = text.length) {
  const at = chance(most + 1)
  const code = text.toString().charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at
}

function editText(text) {
  const act = chance(6)
  if (act === 0 && text.length > 4) {
    const start = place(text, text.length - 2)
    const code = text.toString().charCodeAt(start)
    text.delete(start, code >= 0xd800 && code <= 0xdbff ? 2 : 1)
  } else if (act === 1 && text.length > 0) {
    text.format(0, 1 + (text.toString().charCodeAt(0) >= 0xd800 ? 1 : 0), { bold: true })
  } else {
    text.insert(place(text), WORDS[chance(WORDS.length)])
  }
}

function editRich(body) {
  const act = chance(8)
  if (body.length === 0 || act === 0) {
    const paragraph = new Y.XmlElement(chance(2) ? 'paragraph' : 'heading')
    paragraph.insert(0, [new Y.XmlText(WORDS[chance(WORDS.length)])])
    body.insert(chance(body.length + 1), [paragraph])
    return
  }
  const chosen = body.get(chance(body.length))
  if (act === 1) {
    chosen.setAttribute('level', chance(6))
  } else if (act === 2) {
    body.delete(chance(body.length), 1)
  } else {
    const line = chosen.get(0)
    const length = line.length
    const plain = { length, toString: () => line.toDelta().map((part) => part.insert).join('') }
    line.insert(place(plain), WORDS[chance(WORDS.length)], chance(3) ? {} : { italic: {} })
  }
}

function write(kind) {
  const docs = Array.from({ length: writers }, (_, number) => {
    const doc = new Y.Doc()
    doc.clientID = 2 ** 31 + seed * 100 + number
    return doc
  })
  const root = (doc) => (kind === 'text' ? doc.getText('body') : doc.getXmlFragment('body'))
  docs.forEach(root)
  const updates = []
  docs.forEach((doc) => doc.on('update', (update, origin) => {
    if (origin !== 'others') updates.push(update)
  }))
  const undoing = docs.map((doc) => new Y.UndoManager(root(doc), { trackedOrigins: new Set(['me']), captureTimeout: 0 }))
  for (let edit = 0; edit < edits; edit += 1) {
    const number = chance(writers)
    const doc = docs[number]
    const act = chance(12)
    if (act < 2) undoing[number].undo()
    else if (act === 2) undoing[number].redo()
    else doc.transact(() => (kind === 'text' ? editText(root(doc)) : editRich(root(doc))), 'me')
    if (chance(4) === 0) updates.forEach((update) => docs.forEach((one) => Y.applyUpdate(one, update, 'others')))
  }
  updates.forEach((update) => docs.forEach((doc) => Y.applyUpdate(doc, update, 'others')))
  const shuffled = updates.map((update) => [chance(1e6), update]).sort((a, b) => a[0] - b[0]).map((one) => one[1])
  const half = Math.floor(updates.length / 2)
  return {
    updates: updates.map(hex),
    merged: hex(Y.mergeUpdates(updates)),
    halves: [shuffled.slice(0, half), shuffled.slice(half)].map((part) => hex(Y.mergeUpdates(part))),
    whole: hex(Y.encodeStateAsUpdate(docs[0])),
    clocks: Object.fromEntries(Y.decodeStateVector(Y.encodeStateVector(docs[0]))),
    says: root(docs[0]).toString(),
  }
}

process.stdout.write(JSON.stringify({ text: write('text'), rich: write('rich') }))
