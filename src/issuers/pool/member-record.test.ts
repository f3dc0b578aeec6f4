import { expect, test } from 'vitest'
import { memberCondition, memberRecords, type MemberRecord } from './member-record.ts'

test.each<Omit<MemberRecord, 'since'>>([
  { member: { kind: 'ClusterIssuer', name: 'le.example' }, state: 'asked', cause: undefined, message: 'it is asked' },
  { member: { kind: 'Issuer', name: 'le' }, state: 'hindered', cause: 'Outage', message: 'no answer' },
  { member: { kind: 'Issuer', name: 'le' }, state: 'passed-over', cause: 'RateLimit', message: 'too many' },
])('a record reads back from its condition: $state', (record) => {
  const condition = { ...memberCondition(record), lastTransitionTime: '1970-01-01T00:00:05Z' }
  expect(memberRecords([condition])).toEqual([{ ...record, since: 5_000 }])
})

test('conditions of other kinds are no records', () => {
  const types = ['Ready', 'certwright.dev/Limited', 'certwright.dev/WidgetIssuer.a', 'example.com/Issuer.a', 'certwright.dev/Issuer.']
  expect(memberRecords(types.map((type) => ({ type, status: 'True' as const })))).toEqual([])
})
