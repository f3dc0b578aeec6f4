import { expect, test } from 'vitest'
import { persistentRecord } from '../../acme/persistent-record.ts'
import { instant, SECOND } from '../../lib/instant.ts'
import { judgeValues } from './judge-values.ts'

const now = instant(1_800_000_000 * SECOND)
const name = '_validation-persist.a.example'
const account = { url: 'https://ca.example/acct/1', thumbprint: 'thumbprint', server: 'https://ca.example/directory' }
const prefix = 'https://ca.example/account-hash/'

function judged(values: readonly string[], { isWildcard = false, isHashed = false } = {}) {
  const offer = { issuerDomainNames: ['ca.example', 'b.example'], ...(isHashed ? { accountHashPrefix: prefix } : {}) }
  const record = persistentRecord({ dnsName: 'a.example', isWildcard }, offer, account)
  if (record === undefined) throw new Error('no record')
  return judgeValues(
    values.map((value) => value.replace('THE VALUE', record.value).replace('FOR EVERY NAME', record.accountUris.at(-1) ?? '')),
    name,
    record,
    now,
  )
}

const good = `ca.example; accounturi=${account.url}`

test.each<[what: string, values: readonly string[]]>([
  ['what was asked for', ['THE VALUE']],
  ['another name of the CA, in capitals', [`B.Example;accounturi=${account.url}`]],
  ['more than was asked for', [`ca.example; policy=wildcard; new=1; accounturi=${account.url}`]],
  ['an end in the future', [`${good}; persistUntil=1800000000`]],
  ['others beside it', ['v=spf1 -all', 'ca.example; accounturi=https://ca.example/acct/2', good, 'other.example; accounturi=x']],
])('%s will do', (_what, values) => {
  expect(judged(values)).toBeUndefined()
})

test('a wildcard name is content with the policy in any case', () => {
  expect(judged([`${good}; POLICY=WildCard`], { isWildcard: true })).toBeUndefined()
})

test('the hash for every name will do as well as that for this one', () => {
  expect(judged(['THE VALUE'], { isHashed: true })).toBeUndefined()
  expect(judged(['b.example; accounturi=FOR EVERY NAME'], { isHashed: true })).toBeUndefined()
})

test.each<[values: readonly string[], why: string, given?: { readonly isWildcard?: boolean; readonly isHashed?: boolean }]>([
  [[], `has no TXT record ${name}`],
  [['v=spf1 -all', 'other.example; accounturi=x'], 'but with no value for ca.example or b.example'],
  [['ca.example; accounturi=https://ca.example/acct/2'], 'names another account: https://ca.example/acct/2'],
  [['ca.example; accounturi=https://CA.example/acct/1'], 'names another account'],
  [['ca.example; policy=wildcard'], 'its value for ca.example has no accounturi'],
  [[`${good};`], 'its value for ca.example cannot be read: it has a semicolon too many'],
  [[`${good}; persistUntil=1799999999`], 'was good until 2027-01-15T07:59:59Z only'],
  [[`${good}; persistUntil=tomorrow`], 'has a persistUntil that is no number'],
  [[good], 'lacks policy=wildcard', { isWildcard: true }],
  [[`${good}; policy=all`], 'lacks policy=wildcard', { isWildcard: true }],
  [['ca.example; accounturi=https://ca.example/acct/2'], 'names another account: https://ca.example/acct/2', { isHashed: true }],
  [['ca.example', good], 'lacks policy=wildcard', { isWildcard: true }],
])('of %j is told: %s', (values, why, given) => {
  expect(judged(values, given)).toEqual({ why: expect.stringContaining(why) })
})

test('a hash that is not ours may be that of an earlier key, which only the CA can tell', () => {
  expect(judged([`ca.example; accounturi=${prefix}sha-256/abc`], { isHashed: true })).toEqual({
    why: expect.stringContaining('names another account, or this one by a key that it no longer has'),
    isUnclear: true,
  })
})

test('a record of draft 01 may still do for a CA that has moved to draft 02, which only the CA can tell', () => {
  expect(judged([good], { isHashed: true })).toEqual({
    why: expect.stringContaining('names the account by its URL, which the CA may no longer take'),
    isUnclear: true,
  })
})

test('what stands in DNS is not passed on with its escapes', () => {
  const { why = '' } = judged([`ca.example; accounturi=${'x'.repeat(1_000)}`]) ?? {}
  expect(why.length).toBeLessThan(600)
})
