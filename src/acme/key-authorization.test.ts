import { createPrivateKey, generateKeyPairSync, generateKeySync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import acmeClient from 'acme-client'
import { expect, test } from 'vitest'
import { parseAccountKey } from './account-key.ts'
import type { AccountKey } from './account-key.ts'
import { dns01RecordValue, keyAuthorizationOf, tlsAlpn01Digest } from './key-authorization.ts'

const token = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA'

function accountKey(key: KeyObject): AccountKey {
  const parsed = parseAccountKey(key)
  if (parsed.kind === 'unreadable') throw new Error(parsed.why)
  return parsed.key
}

test('the thumbprint of the RSA key in RFC 7638 §3.1 is the one printed there', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
  const d =
    'X4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH-HLLKD9M7dx5oo7GURknchnrRweUkC7hT5fJLM0WbFAKNLWY2vv7B6NqXSzUvxT0_YSfqijwp3RTzlBaCxWp4doFk5N2o8Gy_nHNKroADIkJ46pRUohsXywbReAdYaMwFs9tv8d_cPVY3i07a3t8MN6TNwm0dSawm9v47UiCl3Sk5ZiG7xojPLu4sbg1U2jx4IBTNBznbJSzFHK66jT8bgkuqsk0GjskDJk19Z4qwjwbsnn4j2WBii3RL-Us2lGVkY8fkFzme1z0HbIkfz0Y6mqnOYtqc0X4jfcKoAC8Q'
  const p =
    '83i-7IvMGXoMXCskv73TKr8637FiO7Z27zv8oj6pbWUQyLPQBQxtPVnwD20R-60eTDmD2ujnMt5PoqMrm8RfmNhVWDtjjMmCMjOpSXicFHj7XOuVIYQyqVWlWEh6dN36GVZYk93N8Bc9vY41xy8B9RzzOGVQzXvNEvn7O0nVbfs'
  const q =
    '3dfOR9cuYq-0S-mkFLzgItgMEfFzB2q3hWehMuG0oCuqnb3vobLyumqjVZQO1dIrdwgTnCdpYzBcOfW5r370AFXjiWft_NGEiovonizhKpo9VVS78TzFgxkIdrecRezsZ-1kYd_s1qDbxtkDEgfAITAG9LUnADun4vIcb6yelxk'
  const dp =
    'G4sPXkc6Ya9y8oJW9_ILj4xuppu0lzi_H7VTkS8xj5SdX3coE0oimYwxIi2emTAue0UOa5dpgFGyBJ4c8tQ2VF402XRugKDTP8akYhFo5tAA77Qe_NmtuYZc3C3m3I24G2GvR5sSDxUyAN2zq8Lfn9EUms6rY3Ob8YeiKkTiBj0'
  const dq =
    's9lAH9fggBsoFR8Oac2R_E2gw282rT2kGOAhvIllETE1efrA6huUUvMfBcMpn8lqeW6vzznYY5SSQF7pMdC_agI3nG8Ibp1BUb0JUiraRNqUfLhcQb_d9GF4Dh7e74WbRsobRonujTYN1xCaP6TO61jvWrX-L18txXw494Q_cgk'
  const qi =
    'GyM_p6JrXySiz1toFgKbWV-JdI3jQ4ypu9rbMWx3rQJBfmt0FoYzgUIZEVFEcOqwemRN81zoDAaa-Bk0KWNGDjJHZDdDmFhW3AN7lI-puxk_mHZGJ11rxyR8O55XLSe3SPmRfKwZI6yU24ZxvQKFYItdldUKGzO6Ia6zTKhAVRU'
  const key = createPrivateKey({ key: { kty: 'RSA', n, e: 'AQAB', d, p, q, dp, dq, qi }, format: 'jwk' })
  expect(accountKey(key).thumbprint).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
})

test.each([
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
  ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
])('with an %s key all three forms are what an independent client computes', async (_kind, privateKey) => {
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const oracle = new acmeClient.Client({ directoryUrl: 'https://ca.example/dir', accountKey: pem })
  const expected = (type: 'http-01' | 'dns-01'): Promise<string> =>
    oracle.getChallengeKeyAuthorization({ type: type as 'http-01', url: '', status: 'pending', token })
  const text = keyAuthorizationOf(token, accountKey(privateKey))
  expect(text).toBe(await expected('http-01'))
  expect(dns01RecordValue(text)).toBe(await expected('dns-01'))
  expect(tlsAlpn01Digest(text).toString('base64url')).toBe(await expected('dns-01'))
})

test.each([
  ['a public key', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey, 'a public key cannot sign'],
  ['a secret', generateKeySync('hmac', { length: 256 }), 'a secret key cannot sign'],
  ['an X25519 key', generateKeyPairSync('x25519').privateKey, 'a key of type x25519 cannot be an ACME account key'],
  [
    'a key on another curve',
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey,
    'a key of type ec cannot be an ACME account key',
  ],
])('%s is no account key, and the reason is told', (_case, key, why) => {
  expect(parseAccountKey(key)).toEqual({ kind: 'unreadable', why })
})
