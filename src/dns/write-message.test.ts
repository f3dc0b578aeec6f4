import { decode } from 'dns-packet'
import { expect, test } from 'vitest'
import { writeQuery, writeTxtUpdate } from './write-message.ts'

test.each<[how: string, isRecursive: boolean]>([
  ['asks a resolver to ask others', true],
  ['asks an authoritative server for what it has', false],
])('a question that %s is what another library reads, with EDNS', (_how, isRecursive) => {
  const query = decode(writeQuery({ id: 258, name: '_acme-challenge.a.example', type: 'TXT', isRecursive }))
  expect(query).toMatchObject({
    id: 258,
    type: 'query',
    flag_rd: isRecursive,
    questions: [{ name: '_acme-challenge.a.example', type: 'TXT', class: 'IN' }],
    additionals: [{ type: 'OPT', udpPayloadSize: 1_232 }],
  })
})

test('an update adds one TXT value and mentions no other', () => {
  const update = { id: 1, zone: 'a.example', name: '_acme-challenge.a.example', value: 'v'.repeat(300) }
  expect(decode(writeTxtUpdate({ ...update, change: { kind: 'add', ttl: 60 } }))).toMatchObject({
    opcode: 'UPDATE',
    questions: [{ name: 'a.example', type: 'SOA' }],
    answers: [],
    authorities: [
      { name: '_acme-challenge.a.example', type: 'TXT', ttl: 60, data: [Buffer.from('v'.repeat(255)), Buffer.from('v'.repeat(45))] },
    ],
  })
})

test('an update removes one TXT value by the class NONE and no time to live (RFC 2136 §2.5.4)', () => {
  const bytes = writeTxtUpdate({ id: 1, zone: 'a', name: 'b.a', value: 'v', change: { kind: 'remove' } })
  const record = [1, 98, 1, 97, 0, 0, 16, 0, 254, 0, 0, 0, 0, 0, 2, 1, 118]
  expect([...bytes.subarray(-record.length)]).toEqual(record)
})
