import { expect, test } from 'vitest'
import { parseChallenge } from './authorization.ts'
import type { Directory } from './directory.ts'
import { parseDirectory } from './directory.ts'
import { offerOfChallenge, offerOfDirectory } from './persistent-offer.ts'

const account = { url: 'https://ca.example/acct/1', server: 'https://ca.example/directory' }
const prefix = 'https://ca.example/account-hash/'
const draft01 = { 'issuer-domain-names': ['ca.example'] }
const draft02 = { issuerDomainNames: ['ca.example', 'b.example'] }

const directoryWith = (meta: object): Directory => {
  const url = 'https://ca.example/x'
  const directory = parseDirectory({ newNonce: url, newAccount: url, newOrder: url, meta })
  if (directory === undefined) throw new Error('no directory')
  return directory
}
function offerFor(challenge: object, meta: object = {}) {
  const parsed = parseChallenge({ type: 'dns-persist-01', url: 'https://ca.example/chall/1', ...challenge })
  if (parsed === undefined) throw new Error('no challenge')
  return offerOfChallenge(parsed, directoryWith(meta), account)
}

test.each<[what: string, challenge: object, meta: object, offer: object]>([
  ['of draft 01', draft01, {}, { issuerDomainNames: ['ca.example'] }],
  ['of draft 01 that names our account', { ...draft01, accounturi: account.url }, {}, { issuerDomainNames: ['ca.example'] }],
  ['of draft 02', draft02, { accountHashPrefix: prefix }, { ...draft02, accountHashPrefix: prefix }],
  [
    'of draft 02 with what its directory promises',
    draft02,
    { accountHashPrefix: prefix, issuerDomainNames: ['b.example'], caaIdentities: ['B.example.', 'ca.example', 'c.example'] },
    { ...draft02, accountHashPrefix: prefix },
  ],
])('a challenge %s is taken', (_what, challenge, meta, offer) => {
  expect(offerFor(challenge, meta)).toEqual(offer)
})

test.each<[what: string, challenge: object, meta?: object]>([
  ['names no CA', {}],
  ['names a CA by an empty list', { issuerDomainNames: [] }, { accountHashPrefix: prefix }],
  ['has eleven names', { 'issuer-domain-names': Array.from({ length: 11 }, (_, index) => `ca${index}.example`) }],
  ['has a name that is no domain name', { 'issuer-domain-names': ['ca.example', 'x; accounturi=evil'] }],
  ['has a name in capitals', { 'issuer-domain-names': ['CA.example'] }],
  ['has names that are no texts', { 'issuer-domain-names': [7] }],
  ['means another account', { ...draft01, accounturi: 'https://ca.example/acct/2' }],
  ['is of draft 02 at a CA without a prefix for hashes', draft02],
  ['is of draft 02 at a CA whose prefix would break the record', draft02, { accountHashPrefix: 'https://ca.example/; x=' }],
  ['lacks a name that the directory promises', draft02, { accountHashPrefix: prefix, issuerDomainNames: ['c.example'] }],
  ['has a name that is no CAA identity', draft02, { accountHashPrefix: prefix, caaIdentities: ['ca.example'] }],
])('a challenge that %s is not taken', (_what, challenge, meta = {}) => {
  expect(offerFor(challenge, meta)).toBeUndefined()
})

test('names beyond those of a dns-persist-01 challenge mean nothing', () => {
  expect(parseChallenge({ type: 'dns-01', url: 'https://ca.example/chall/1', ...draft01 })).not.toHaveProperty('persistent')
})

test.each<[what: string, meta: object, offer: object | undefined]>([
  ['of draft 02', { accountHashPrefix: prefix, ...draft02 }, { ...draft02, accountHashPrefix: prefix }],
  ['of draft 01', { caaIdentities: ['CA.example', 'not a name'] }, { issuerDomainNames: ['ca.example'] }],
  ['of draft 02 without names', { accountHashPrefix: prefix, caaIdentities: ['ca.example'] }, undefined],
  ['that says nothing', {}, undefined],
])('a directory %s tells beforehand: %j', (_what, meta, offer) => {
  expect(offerOfDirectory(directoryWith(meta))).toEqual(offer)
})
