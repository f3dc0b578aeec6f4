import { encode } from 'dns-packet'
import { expect, test } from 'vitest'
import { seeded } from '../lib/seeded.test-support.ts'
import { readMessage } from './read-message.ts'
import { writeQuery } from './write-message.ts'

const question = { type: 'TXT', name: 'a.example' } as const

function readOk(bytes: Uint8Array) {
  const reading = readMessage(bytes)
  if (reading.kind !== 'ok') throw new Error(reading.why)
  return reading.message
}

test('an answer as another library writes it is read with all of its records', () => {
  const answer = encode({
    type: 'response',
    id: 7,
    flags: 1 << 10,
    questions: [question],
    answers: [
      { type: 'CNAME', name: 'A.example', ttl: 30, data: 'b.other.example' },
      { type: 'TXT', name: 'b.other.example', ttl: 60, data: ['one value in ', 'two strings'] },
      { type: 'A', name: 'ns1.example', ttl: 60, data: '192.0.2.1' },
      { type: 'AAAA', name: 'ns1.example', ttl: 60, data: '2001:db8::1' },
      { type: 'MX', name: 'a.example', ttl: 60, data: { exchange: 'mail.example' } },
    ],
    authorities: [
      { type: 'NS', name: 'example', ttl: 60, data: 'ns1.example' },
      {
        type: 'SOA',
        name: 'example',
        ttl: 60,
        data: { mname: 'ns1.example', rname: 'root.example', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
      },
    ],
  })
  expect(readOk(answer)).toMatchObject({
    id: 7,
    isAnswer: true,
    isAuthoritative: true,
    isTruncated: false,
    rcode: 0,
    question,
    answers: [
      { type: 'CNAME', name: 'a.example', ttl: 30, target: 'b.other.example' },
      { type: 'TXT', name: 'b.other.example', value: 'one value in two strings' },
      { type: 'A', address: '192.0.2.1' },
      { type: 'AAAA', address: '2001:db8::1' },
      { type: 'other' },
    ],
    authorities: [
      { type: 'NS', target: 'ns1.example' },
      { type: 'SOA', name: 'example' },
    ],
  })
})

test('response codes beyond 15 are put together with their part in the OPT record', () => {
  const answer = encode({
    type: 'response',
    id: 1,
    flags: 0,
    questions: [question],
    additionals: [
      { type: 'OPT', name: '.', udpPayloadSize: 1232, extendedRcode: 1, ednsVersion: 0, flags: 0, flag_do: false, options: [] },
    ],
  })
  expect(readOk(answer).rcode).toBe(16)
})

const header = (counts: readonly number[]): number[] => [0, 1, 0x80, 0, ...counts.flatMap((count) => [count >> 8, count & 0xff])]

test.each<[what: string, bytes: readonly number[], why: string]>([
  ['is empty', [], 'shorter than a header'],
  ['ends after its header', header([1, 0, 0, 0]), 'ends too early'],
  ['has a name that refers to itself', [...header([1, 0, 0, 0]), 0xc0, 12, 0, 16, 0, 1], 'circle'],
  ['has a name that refers forwards', [...header([1, 0, 0, 0]), 0xc0, 14, 0xc0, 12, 0, 16, 0, 1], 'circle'],
  ['has two names that refer to each other', [...header([2, 0, 0, 0]), 1, 97, 0xc0, 12, 0, 16, 0, 1], 'circle|long'],
  ['has a label of a kind that nobody knows', [...header([1, 0, 0, 0]), 0x80, 0, 0, 16, 0, 1], 'unknown kind'],
  ['promises more records than it has', header([0, 65_535, 65_535, 65_535]), 'ends too early'],
  [
    'has a name of more than 255 bytes',
    [
      ...header([1, 0, 0, 0]),
      ...Array(8)
        .fill([40, ...Array<number>(40).fill(97)])
        .flat(),
      0,
      0,
      16,
      0,
      1,
    ],
    'too long',
  ],
])('a message that %s is malformed', (_what, bytes, why) => {
  expect(readMessage(Uint8Array.from(bytes))).toMatchObject({ kind: 'malformed', why: expect.stringMatching(new RegExp(why)) })
})

test('the longest chain of references in the largest message costs a bounded number of steps', () => {
  // Every record's name refers to the one before, which refers on.
  const records = Array.from({ length: 5_000 }, (_, at) => {
    const target = at === 0 ? 12 : Math.min(17 + (at - 1) * 12, 0x3fff)
    return [0xc0 | (target >> 8), target & 0xff, 0, 16, 0, 1, 0, 0, 0, 0, 0, 0]
  })
  const reading = readMessage(Uint8Array.from([...header([1, 5_000, 0, 0]), 0, 0, 16, 0, 1, ...records.flat()]))
  expect(reading).toMatchObject({ kind: 'malformed', why: expect.stringContaining('circle') })
})

test('bytes at random, and good messages with bytes changed at random, never throw', () => {
  const random = seeded(1)
  const good = encode({ type: 'response', id: 1, flags: 0, questions: [question], answers: [{ ...question, data: 'x' }] })
  const kinds = new Set<string>()
  for (let round = 0; round < 5_000; round += 1) {
    const bytes =
      round % 2 === 0 ? Uint8Array.from({ length: Math.floor(random() * 80) }, () => Math.floor(random() * 256)) : Uint8Array.from(good)
    if (bytes.length > 0) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
    kinds.add(readMessage(bytes).kind)
  }
  expect([...kinds].toSorted()).toEqual(['malformed', 'ok'])
})

test('our own questions can be read', () => {
  const query = writeQuery({ id: 99, name: '_acme-challenge.a.example', type: 'SOA', isRecursive: true })
  expect(readOk(query)).toMatchObject({ id: 99, isAnswer: false, question: { name: '_acme-challenge.a.example', type: 'SOA' } })
})
