import { expect, test } from 'vitest'
import { ANY_NAME, persistentRecord } from './persistent-record.ts'

// The test vectors of draft-ietf-acme-dns-persist-02 §10.2.
const account = {
  url: 'https://ca.example/acct/123',
  thumbprint: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
  server: 'https://ca.example/directory',
}
const hashed = { issuerDomainNames: ['authority.example', 'ca.example.net'], accountHashPrefix: 'https://ca.example/account-hash/' }
const plain = { issuerDomainNames: ['authority.example'] }
const named = { dnsName: 'example.com', isWildcard: false }
const ofName = 'https://ca.example/account-hash/sha-256/5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw'
const ofAnyName = 'https://ca.example/account-hash/sha-256/NpDnSwUthQK8zCgFdefYxAdAVPnygMLbs9US6oO-5ug'

test('draft 02: the account is named by a hash that is good for this name, or by one for every name', () => {
  expect(persistentRecord(named, hashed, account)).toMatchObject({
    name: '_validation-persist.example.com',
    isWildcard: false,
    accountUris: [ofName, ofAnyName],
    value: `authority.example; accounturi=${ofName}`,
  })
})

test('draft 02: the value for every name is the same wherever it stands', () => {
  expect(persistentRecord({ ...named, dnsName: ANY_NAME }, hashed, account)?.value).toBe(`authority.example; accounturi=${ofAnyName}`)
})

test('draft 02: a name is hashed in lowercase', () => {
  expect(persistentRecord({ ...named, dnsName: 'Example.COM' }, hashed, account)?.value).toContain(ofName)
})

test('draft 01: the account is named by its URL', () => {
  expect(persistentRecord(named, plain, account)?.value).toBe('authority.example; accounturi=https://ca.example/acct/123')
})

test('a wildcard name wants the policy for it', () => {
  expect(persistentRecord({ ...named, isWildcard: true }, plain, account)?.value).toBe(
    'authority.example; accounturi=https://ca.example/acct/123; policy=wildcard',
  )
})

test('records of names above may do as well, with the policy for wildcards and their own hash, but not those of a top-level domain', () => {
  const record = persistentRecord({ ...named, dnsName: 'a.b.example.com' }, hashed, account)
  expect(record?.above.map(({ name }) => name)).toEqual(['_validation-persist.b.example.com', '_validation-persist.example.com'])
  expect(record?.above.at(-1)?.value).toBe(`authority.example; accounturi=${ofName}; policy=wildcard`)
})

test.each([
  ['at another CA, which it may be that of somebody else', { ...account, url: 'https://other-ca.example/acct/7' }],
  ['that would end the parameter', { ...account, url: 'https://ca.example/acct/1;policy=wildcard' }],
  ['that is none', { ...account, url: '' }],
])('draft 01: a URL of the account %s gets no record', (_what, wrong) => {
  expect(persistentRecord(named, plain, wrong)).toBeUndefined()
})

test('a CA without a name gets no record', () => {
  expect(persistentRecord(named, { issuerDomainNames: [] }, account)).toBeUndefined()
})
