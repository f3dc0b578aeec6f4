import { execFileSync } from 'node:child_process'

import { beforeAll, describe, expect, test } from 'vitest'

import { Redacted } from '../../lib/redacted.ts'
import { aCaTemplate, aTemplate, certificateOf, openssl, withFiles } from '../oracles.test-support.ts'
import { encodePrivateKey, generatePrivateKey } from '../private-key.ts'
import { signCertificate } from '../sign-certificate.ts'
import { encodeJks, encodeJksTrustStore, isPasswordOfJks } from './jks.ts'

const password = new Redacted('changeit')

let root: string
let leaf: string
let key: Redacted<string>

beforeAll(async () => {
  const [rootKey, leafKey] = await Promise.all([1, 2].map(() => generatePrivateKey({ algorithm: 'ECDSA', size: 256 })))
  if (rootKey === undefined || leafKey === undefined) throw new Error('no keys')
  root = await signCertificate(aCaTemplate('Root', rootKey), { key: rootKey })
  leaf = await signCertificate(aTemplate(leafKey), { key: rootKey, certificate: certificateOf(root) })
  key = encodePrivateKey(leafKey, 'PKCS8')
})

function keytool(...args: readonly string[]): string {
  // Whatever the locale of this machine; the encoding has had two names.
  const settings = ['user.language=en', 'user.timezone=UTC', 'stdout.encoding=UTF-8', 'sun.stdout.encoding=UTF-8']
  return execFileSync('keytool', [...settings.map((setting) => `-J-D${setting}`), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

/** `alias: type, date` of each entry, as Java lists them. */
function entries(store: Uint8Array): readonly string[] {
  const listed = withFiles({ store }, (path) => keytool('-list', '-keystore', path('store'), '-storepass', 'changeit', '-storetype', 'JKS'))
  return Array.from(listed.matchAll(/^(.+), (Jan 1, 2026), (\w+),/gm), ([, alias, date, type]) => `${alias}: ${type}, ${date}`).toSorted()
}

describe('a Java keystore', () => {
  test('has the key under its alias in lower case and the CAs beside it, as old as their certificates', async () => {
    const store = await encodeJks({ key, chain: leaf, ca: root + leaf, password, alias: 'Wéb' })
    expect(entries(store)).toEqual([
      'ca-1: trustedCertEntry, Jan 1, 2026',
      'ca: trustedCertEntry, Jan 1, 2026',
      'wéb: PrivateKeyEntry, Jan 1, 2026',
    ])
  }, 60_000)

  test('gives Java the key and its chain', async () => {
    const store = await encodeJks({ key, chain: leaf + root, ca: '', password, alias: 'web' })
    const pem = withFiles({ store }, (path) => {
      const [from, to] = [path('store'), path('copy')]
      keytool(
        '-importkeystore',
        '-srckeystore',
        from,
        '-srcstoretype',
        'JKS',
        '-srcstorepass',
        'changeit',
        '-destkeystore',
        to,
        '-deststoretype',
        'PKCS12',
        '-deststorepass',
        'changeit',
      )
      return openssl(['pkcs12', '-in', to, '-nodes', '-passin', 'pass:changeit'])
    })
    expect(openssl(['pkey'], pem)).toBe(openssl(['pkey'], key.reveal()))
    expect([leaf, root].map((certificate) => pem.includes(certificate))).toEqual([true, true])
  }, 60_000)

  test('whose alias is ca keeps the key', async () => {
    const store = await encodeJks({ key, chain: leaf, ca: root, password, alias: 'ca' })
    expect(entries(store)).toEqual(['ca-0: trustedCertEntry, Jan 1, 2026', 'ca: PrivateKeyEntry, Jan 1, 2026'])
  }, 60_000)

  test('of trusted CAs has nothing else', async () => {
    expect(entries(await encodeJksTrustStore({ ca: root, password }))).toEqual(['ca: trustedCertEntry, Jan 1, 2026'])
  }, 60_000)

  test('knows its password', async () => {
    const store = await encodeJks({ key, chain: leaf, ca: root, password, alias: 'web' })
    expect(isPasswordOfJks(store, password)).toBe(true)
    expect(isPasswordOfJks(store, new Redacted('changeIt'))).toBe(false)
    expect(isPasswordOfJks(store.subarray(1), password)).toBe(false)
    expect(isPasswordOfJks(new Uint8Array(3), password)).toBe(false)
  })

  test('and one of trusted CAs open with no other password', async () => {
    const stores = await Promise.all([
      encodeJks({ key, chain: leaf, ca: root, password, alias: 'web' }),
      encodeJksTrustStore({ ca: root, password }),
    ])
    for (const store of stores) {
      withFiles({ store }, (path) => {
        expect(keytool('-list', '-keystore', path('store'), '-storepass', 'changeit', '-storetype', 'JKS')).toContain('Entry')
        expect(() => keytool('-list', '-keystore', path('store'), '-storepass', 'changeIt', '-storetype', 'JKS')).toThrow(/./)
      })
    }
  }, 60_000)

  test('is not made of a chain that is none', async () => {
    await expect(encodeJks({ key, chain: '', ca: root, password, alias: 'web' })).rejects.toMatchObject({ code: 'pki/unreadable' })
    await expect(encodeJksTrustStore({ ca: '', password })).rejects.toMatchObject({ code: 'pki/unreadable' })
  })
})
