import { expect, test } from 'vitest'
import type { Challenge } from '../../crds/challenge.ts'
import type { AcmeSolver } from '../../crds/issuer.ts'
import type { Place } from './place.ts'
import { publishedRecords } from './published-records.ts'

const issuer = { apiVersion: 'cert-manager.io/v1', kind: 'Issuer' as const, metadata: { name: 'le', uid: 'i1' }, spec: {} }
const challenge = (uid: string): Challenge => ({
  apiVersion: 'acme.cert-manager.io/v1',
  kind: 'Challenge',
  metadata: { name: 'web-1', namespace: 'shop', uid },
  spec: {
    url: '',
    authorizationURL: '',
    dnsName: 'a.example',
    type: 'DNS-01',
    token: 't',
    key: 'k',
    solver: {},
    issuerRef: { name: 'le' },
  },
})
const by = (nameserver: string): AcmeSolver => ({ dns01: { rfc2136: { nameserver } } })
const placeBy = (nameserver: string): Place => ({
  record: { name: '_acme-challenge.a.example', zone: 'a.example', value: 'k', dnsName: 'a.example' },
  issuer,
  dns01: { rfc2136: { nameserver } },
})

test('a record counts as published for this Challenge and this solver only, until it is forgotten', () => {
  const records = publishedRecords()
  const isCurrent = (uid: string, solver: AcmeSolver) => records.isCurrent(challenge(uid), { issuer, solver })
  expect(isCurrent('c1', by('ns1'))).toBe(false)
  records.add({ challenge: challenge('c1'), issuer, solver: by('ns1') }, placeBy('ns1'))
  expect([isCurrent('c1', by('ns1')), isCurrent('c1', by('ns2')), isCurrent('c2', by('ns1'))]).toEqual([true, false, false])
  records.forget(challenge('c1'))
  expect(isCurrent('c1', by('ns1'))).toBe(false)
})

test('a value that another Challenge has put at the same place is told from others', () => {
  const records = publishedRecords()
  records.add({ challenge: challenge('c1'), issuer, solver: by('ns1') }, placeBy('ns1'))
  const isOfAnother = (uid: string, place: Place) => records.isOfAnother(challenge(uid), place)
  const otherValue = { ...placeBy('ns1'), record: { ...placeBy('ns1').record, value: 'another' } }
  expect([isOfAnother('c1', placeBy('ns1')), isOfAnother('c2', placeBy('ns1'))]).toEqual([false, true])
  expect([isOfAnother('c2', placeBy('ns2')), isOfAnother('c2', otherValue)]).toEqual([false, false])
  records.forget(challenge('c1'))
  expect(isOfAnother('c2', placeBy('ns1'))).toBe(false)
})

test('a value that was taken away with other credentials is to be put there again', () => {
  const records = publishedRecords()
  const isCurrent = (uid: string) => records.isCurrent(challenge(uid), { issuer, solver: by('ns1') })
  for (const uid of ['c1', 'c2']) records.add({ challenge: challenge(uid), issuer, solver: by('ns1') }, placeBy('ns1'))
  records.doubt(challenge('c2'), { ...placeBy('ns2'), record: { ...placeBy('ns1').record, value: 'another' } })
  expect([isCurrent('c1'), isCurrent('c2')]).toEqual([true, true])
  records.doubt(challenge('c2'), placeBy('ns2'))
  expect([isCurrent('c1'), isCurrent('c2')]).toEqual([false, true])
  expect(records.of(challenge('c1'))).toHaveLength(1)
  records.add({ challenge: challenge('c1'), issuer, solver: by('ns1') }, placeBy('ns1'))
  expect(isCurrent('c1')).toBe(true)
})

test('every place where the record of a Challenge was put is remembered once, the last one last', () => {
  const records = publishedRecords()
  for (const nameserver of ['ns1', 'ns2', 'ns1']) {
    records.add({ challenge: challenge('c1'), issuer, solver: by(nameserver) }, placeBy(nameserver))
  }
  expect(records.of(challenge('c1')).map(({ dns01 }) => dns01.rfc2136?.nameserver)).toEqual(['ns2', 'ns1'])
})

test('of more Challenges than can be pending the oldest are forgotten', () => {
  const records = publishedRecords()
  for (let at = 0; at <= 20_000; at += 1) records.add({ challenge: challenge(`c${at}`), issuer, solver: by('ns1') }, placeBy('ns1'))
  expect([records.of(challenge('c0')), records.of(challenge('c1')).length]).toEqual([[], 1])
})
