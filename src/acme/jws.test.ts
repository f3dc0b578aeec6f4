import { createHmac, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Redacted } from '../lib/redacted.ts'
import { parseAccountKey } from './account-key.ts'
import type { AccountKey } from './account-key.ts'
import { signExternalAccountBinding, signJws } from './jws.ts'
import type { Jws } from './jws.ts'

const url = 'https://ca.example/new-account'

const keys: Readonly<Record<string, AccountKey>> = Object.fromEntries(
  [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    generateKeyPairSync('ec', { namedCurve: 'P-521' }),
    generateKeyPairSync('ed25519'),
  ].map(({ privateKey }) => {
    const parsed = parseAccountKey(privateKey)
    if (parsed.kind === 'unreadable') throw new Error(parsed.why)
    return [parsed.key.algorithm, parsed.key]
  }),
)

const read = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString())

function isSignedBy(jws: Jws, key: AccountKey): boolean {
  const signed = Buffer.from(`${jws.protected}.${jws.payload}`)
  const publicKey = { key: createPublicKey(key.privateKey), dsaEncoding: 'ieee-p1363' as const }
  return verify(key.digest, signed, publicKey, Buffer.from(jws.signature, 'base64url'))
}

test.each(Object.entries(keys))('%s signs what its public key confirms', async (algorithm, key) => {
  const jws = await signJws({ a: 1 }, { url, nonce: 'n1' }, key)
  expect(read(jws.protected)).toEqual({ alg: algorithm, url, nonce: 'n1', jwk: key.jwk })
  expect(read(jws.payload)).toEqual({ a: 1 })
  expect(isSignedBy(jws, key)).toBe(true)
  expect(isSignedBy({ ...jws, payload: Buffer.from('{"a":2}').toString('base64url') }, key)).toBe(false)
})

test('a request of a known account names it instead of the key', async () => {
  const jws = await signJws({}, { url, nonce: 'n1', kid: 'https://ca.example/account/1' }, keyNamed('ES256'))
  expect(read(jws.protected)).toEqual({ alg: 'ES256', url, nonce: 'n1', kid: 'https://ca.example/account/1' })
})

test('a POST-as-GET has an empty payload, an answer to a challenge an empty object', async () => {
  expect((await signJws(undefined, { url }, keyNamed('ES256'))).payload).toBe('')
  expect((await signJws({}, { url }, keyNamed('ES256'))).payload).toBe('e30')
})

test.each([
  ['HS256', 'sha256'],
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
] as const)('an external account binding with %s covers the account key', (algorithm, digest) => {
  const key = keyNamed('RS256')
  const hmacKey = new Redacted(Buffer.from('secret of the account'))
  const jws = signExternalAccountBinding({ keyId: 'kid-1', hmacKey, algorithm }, url, key)
  expect(read(jws.protected)).toEqual({ alg: algorithm, kid: 'kid-1', url })
  expect(read(jws.payload)).toEqual(key.jwk)
  expect(jws.signature).toBe(createHmac(digest, hmacKey.reveal()).update(`${jws.protected}.${jws.payload}`).digest('base64url'))
})

test('the public key in the header holds nothing private', () => {
  for (const key of Object.values(keys)) expect(Object.keys(key.jwk)).not.toContain('d')
  expect(inspect(keyNamed('RS256').privateKey)).not.toMatch(/PRIVATE|modulus/)
})

function keyNamed(algorithm: string): AccountKey {
  const key = keys[algorithm]
  if (key === undefined) throw new Error(`no ${algorithm} key`)
  return key
}
