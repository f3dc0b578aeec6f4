import { expect, test } from 'vitest'
import { instant } from '../lib/instant.ts'
import { Redacted } from '../lib/redacted.ts'
import { readMessage } from './read-message.ts'
import { signMessage, verifyAnswer } from './tsig.ts'
import type { TsigKey } from './tsig.ts'
import { writeTxtUpdate } from './write-message.ts'

const now = instant(Date.UTC(2026, 0, 1))
const key: TsigKey = { name: 'shop', algorithm: 'HMACSHA256', secret: new Redacted(Buffer.from('a secret')) }
const update = writeTxtUpdate({ id: 1, zone: 'a', name: 'b.a', value: 'v', change: { kind: 'remove' } })
const lastOf = (bytes: Buffer) => {
  const reading = readMessage(bytes)
  return reading.kind === 'ok' ? reading.last : undefined
}

// That servers accept our signatures and we theirs is shown with BIND. Here: an answer is signed over the signature of its request.
const request = signMessage(update, key, now)

test('a signature is the last record, and leaves the message before it as it was', () => {
  expect(lastOf(request.bytes)).toMatchObject({ name: 'shop', type: 250 })
  expect(request.bytes.subarray(12, update.length).equals(update.subarray(12))).toBe(true)
  expect(request.mac).toHaveLength(32)
})

test.each<[what: string, answer: Buffer, kind: string]>([
  ['without a signature', update, 'unsigned'],
  ['signed over nothing but itself, so that it could be an old one', request.bytes, 'forged'],
])('an answer %s is not believed', (_what, answer, kind) => {
  expect(verifyAnswer(answer, lastOf(answer), { key, mac: request.mac }).kind).toBe(kind)
})

test.each([16, 17])('an answer without a signature that says %d is a refusal', (error) => {
  const bytes = Buffer.from(request.bytes)
  const record = lastOf(bytes)
  if (record === undefined) throw new Error('no signature')
  // The MAC is left out, as by a server that has no key for it.
  const algorithm = record.content.subarray(0, record.content.indexOf(0) + 1)
  const content = Buffer.concat([algorithm, Buffer.alloc(8), Buffer.from([0, 0, 0, 1, 0, error, 0, 0])])
  expect(verifyAnswer(bytes, { ...record, content }, { key, mac: request.mac })).toEqual({ kind: 'refused', error })
})

test('a signature whose parts do not fit together is forged, not a crash', () => {
  const record = lastOf(request.bytes)
  if (record === undefined) throw new Error('no signature')
  for (let length = 0; length < record.content.length; length += 1) {
    const cut = { ...record, content: record.content.subarray(0, length) }
    expect(['forged', 'unsigned']).toContain(verifyAnswer(request.bytes, cut, { key, mac: request.mac }).kind)
  }
})
