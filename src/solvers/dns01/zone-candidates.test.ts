import { expect, test } from 'vitest'
import { zoneCandidates } from './zone-candidates.ts'

test('the zone of DNS comes first, then every suffix from the longest, without the top-level domain', () => {
  expect(zoneCandidates({ name: '_acme-challenge.www.example.com', zone: 'example.com' })).toEqual([
    'example.com',
    '_acme-challenge.www.example.com',
    'www.example.com',
  ])
})

test('a zone that is no suffix of the name is a candidate all the same', () => {
  expect(zoneCandidates({ name: 'a.example.com', zone: 'internal.example.org' })).toEqual([
    'internal.example.org',
    'a.example.com',
    'example.com',
  ])
})
