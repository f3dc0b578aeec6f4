import { execFileSync } from 'node:child_process'

import { beforeAll, describe, expect, test } from 'vitest'

import { Redacted } from '../../lib/redacted.ts'
import { DerReader } from '../der/der-reader.ts'
import { aCaTemplate, aTemplate, certificateOf, openssl, withFiles } from '../oracles.test-support.ts'
import { encodePem } from '../pem.ts'
import { encodePrivateKey, generatePrivateKey } from '../private-key.ts'
import { signCertificate } from '../sign-certificate.ts'
import { encodePkcs12, encodePkcs12TrustStore } from './pkcs12.ts'
import type { Pkcs12Profile } from './pkcs12.ts'
import { isPasswordOfPkcs12 } from './pkcs12-mac.ts'

const profiles: readonly Pkcs12Profile[] = ['LegacyRC2', 'LegacyDES', 'Modern2023', 'Modern2026']
const password = new Redacted('pässword')

let root: string
let intermediate: string
let leaf: string
let key: Redacted<string>

beforeAll(async () => {
  const [rootKey, intermediateKey, leafKey] = await Promise.all([1, 2, 3].map(() => generatePrivateKey({ algorithm: 'ECDSA', size: 256 })))
  if (rootKey === undefined || intermediateKey === undefined || leafKey === undefined) throw new Error('no keys')
  root = await signCertificate(aCaTemplate('Röot', rootKey), { key: rootKey })
  intermediate = await signCertificate(aCaTemplate('Intermediate', intermediateKey), { key: rootKey, certificate: certificateOf(root) })
  leaf = await signCertificate(aTemplate(leafKey), { key: intermediateKey, certificate: certificateOf(intermediate) })
  key = encodePrivateKey(leafKey, 'PKCS1')
})

/** What openssl finds in the store, in Latin-1: everything but the bytes of certificates and keys. Before 3.4 it cannot check PBMAC1. */
function opensslView(store: Uint8Array, profile: Pkcs12Profile): readonly string[] {
  const args = [
    'pkcs12',
    '-in',
    '-',
    '-nodes',
    '-info',
    '-legacy',
    '-passin',
    `pass:${password.reveal()}`,
    ...(profile === 'Modern2026' ? ['-nomacver'] : []),
  ]
  const shown = withFiles({ store }, (path) =>
    execFileSync('sh', ['-c', 'exec openssl "$@" 2>&1', 'sh', ...args.with(2, path('store'))], { encoding: 'latin1' }),
  )
  return shown
    .split('\n')
    .filter((line) => !/^[A-Za-z0-9+/=]*$/.test(line))
    .map((line) => line.trim())
}

/** The PEM blocks that openssl takes out of the store. */
function opensslPem(store: Uint8Array, profile: Pkcs12Profile): string {
  const args = ['-nodes', '-legacy', '-passin', `pass:${password.reveal()}`, ...(profile === 'Modern2026' ? ['-nomacver'] : [])]
  return withFiles({ store }, (path) => openssl(['pkcs12', '-in', path('store'), ...args]))
}

const schemes: Readonly<Record<Pkcs12Profile, readonly [mac: string, certificates: string, key: string]>> = {
  LegacyRC2: ['MAC: sha1, Iteration 1', 'pbeWithSHA1And40BitRC2-CBC, Iteration 2048', 'pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2048'],
  LegacyDES: [
    'MAC: sha1, Iteration 1',
    'pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2048',
    'pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2048',
  ],
  Modern2023: [
    'MAC: sha256, Iteration 2048',
    'PBES2, PBKDF2, AES-256-CBC, Iteration 2048, PRF hmacWithSHA256',
    'PBES2, PBKDF2, AES-256-CBC, Iteration 2048, PRF hmacWithSHA256',
  ],
  Modern2026: [
    'MAC: PBMAC1',
    'PBES2, PBKDF2, AES-256-CBC, Iteration 2048, PRF hmacWithSHA256',
    'PBES2, PBKDF2, AES-256-CBC, Iteration 2048, PRF hmacWithSHA256',
  ],
}

describe.each(profiles)('a keystore of the profile %s', (profile) => {
  test('has its algorithms, the certificates first, and the key tied to the leaf', async () => {
    const store = await encodePkcs12({ key, chain: leaf + intermediate, ca: root, password, profile })
    const view = opensslView(store, profile)
    const [mac, certificates, privateKey] = schemes[profile]
    expect(view.find((line) => line.startsWith('MAC: '))?.startsWith(mac)).toBe(true)
    expect(view).toContain(`PKCS7 Encrypted data: ${certificates}`)
    expect(view).toContain(`Shrouded Keybag: ${privateKey}`)
    const fingerprint = openssl(['x509', '-noout', '-fingerprint', '-sha1'], leaf).trim().split('=')[1]?.replaceAll(':', ' ')
    expect(view.filter((line) => line.startsWith('localKeyID'))).toEqual([`localKeyID: ${fingerprint}`, `localKeyID: ${fingerprint}`])
    expect(view.filter((line) => line.startsWith('subject=')).length).toBe(3)
  })

  test('gives openssl the certificates in order and the key', async () => {
    const store = await encodePkcs12({ key, chain: leaf + intermediate, ca: root, password, profile })
    const pem = opensslPem(store, profile)
    const found = [leaf, intermediate, root].map((certificate) => pem.indexOf(certificate))
    expect(Math.min(...found)).toBeGreaterThan(-1)
    expect(found).toEqual(found.toSorted((a, b) => a - b))
    expect(openssl(['pkey'], pem.slice(pem.indexOf('-----BEGIN PRIVATE KEY')))).toBe(openssl(['pkey'], key.reveal()))
  })

  test('without a CA has the chain alone', async () => {
    const store = await encodePkcs12({ key, chain: leaf, ca: '', password, profile })
    expect(opensslPem(store, profile).split('BEGIN CERTIFICATE').length - 1).toBe(1)
  })

  test('knows its password, and differs each time', async () => {
    const [store, again] = await Promise.all([1, 2].map(() => encodePkcs12({ key, chain: leaf, ca: root, password, profile })))
    if (store === undefined || again === undefined) throw new Error('no stores')
    expect(Buffer.compare(store, again)).not.toBe(0)
    expect(await isPasswordOfPkcs12(store, password)).toBe(true)
    expect(await isPasswordOfPkcs12(store, new Redacted('password'))).toBe(false)
    const broken = Buffer.from(store)
    broken[100] = (broken[100] ?? 0) ^ 1
    expect(await isPasswordOfPkcs12(broken, password)).toBe(false)
  })

  test('of trusted CAs gives openssl the CAs, marked for Java, each under an alias of its own', async () => {
    const twinKey = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
    const twin = await signCertificate(aCaTemplate('RÖOT', twinKey), { key: twinKey })
    const store = await encodePkcs12TrustStore({ ca: root + twin, password, profile })
    const view = opensslView(store, profile)
    expect(view.filter((line) => line.startsWith('friendlyName'))).toEqual(['friendlyName: CN=Röot', 'friendlyName: CN=RÖOT (2)'])
    expect(view.filter((line) => line.startsWith('2.16.840.1.113894.746875.1.1')).length).toBe(2)
    expect(opensslPem(store, profile)).toContain(twin)
  })
})

test.each(profiles.slice(0, 3))(
  'Java lists the key of the profile %s with its chain, and trusts the CA',
  async (profile) => {
    const store = await encodePkcs12({ key, chain: leaf + intermediate, ca: root, password: new Redacted('changeit'), profile })
    const trust = await encodePkcs12TrustStore({ ca: root, password: new Redacted('changeit'), profile })
    const listed = withFiles({ store, trust }, (path) => ['store', 'trust'].map((name) => keytool(path(name))).join(''))
    expect(listed).toContain('Entry type: PrivateKeyEntry\nCertificate chain length: 3\n')
    expect(listed).toContain('Entry type: trustedCertEntry\n')
  },
  60_000,
)

test.each(profiles.slice(0, 3))(
  'the stores of the profile %s open with no other password, at openssl and at Java',
  async (profile) => {
    const stores = await Promise.all([
      encodePkcs12({ key, chain: leaf, ca: root, password: new Redacted('changeit'), profile }),
      encodePkcs12TrustStore({ ca: root, password: new Redacted('changeit'), profile }),
    ])
    for (const store of stores) {
      withFiles({ store }, (path) => {
        expect(() => openssl(['pkcs12', '-in', path('store'), '-nokeys', '-legacy', '-passin', 'pass:changeIt'])).toThrow(/./)
        expect(() => keytool(path('store'), 'changeIt')).toThrow(/./)
      })
    }
  },
  60_000,
)

test('the MAC of Modern2026 is what openssl computes step by step', async () => {
  const store = await encodePkcs12({ key, chain: leaf, ca: '', password, profile: 'Modern2026' })
  const pfx = DerReader.over(store).enter(0x30, 'the store')
  pfx.read(0x02, 'the version')
  const content = pfx.enter(0x30, 'the contents')
  content.read(0x06, 'the type')
  const contents = content.enter(0xa0, 'the contents').read(0x04, 'the contents')
  const digestInfo = pfx.enter(0x30, 'the MAC').enter(0x30, 'the MAC')
  const algorithm = digestInfo.enter(0x30, 'the algorithm')
  algorithm.read(0x06, 'the type')
  const kdf = algorithm.enter(0x30, 'PBMAC1').enter(0x30, 'PBKDF2')
  kdf.read(0x06, 'the type')
  const salt = Buffer.from(kdf.enter(0x30, 'PBKDF2').read(0x04, 'the salt')).toString('hex')
  const mac = Buffer.from(digestInfo.read(0x04, 'the MAC')).toString('hex')
  expect(pfx.why).toBeUndefined()

  const hexpass = Buffer.from(password.reveal()).toString('hex')
  const options = ['digest:SHA256', `hexpass:${hexpass}`, `hexsalt:${salt}`, 'iter:2048'].flatMap((option) => ['-kdfopt', option])
  const macKey = openssl(['kdf', '-keylen', '32', ...options, 'PBKDF2'])
    .trim()
    .replaceAll(':', '')
  expect(openssl(['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `hexkey:${macKey}`, '-r'], contents).slice(0, 64)).toBe(mac)
})

test.each<[what: string, change: { key?: Redacted<string>; chain?: string; ca?: string }, why: string]>([
  ['a chain that is none', { chain: 'x' }, 'no keystore: there is no PEM block'],
  [
    'a CA that is none',
    { ca: encodePem('CERTIFICATE', Uint8Array.of(5, 0)) },
    'no keystore: the certificate is malformed: the certificate has an unexpected type',
  ],
  ['a key that is none', { key: new Redacted('c2VjcmV0') }, 'no keystore: there is no PEM block'],
])('%s is refused without quoting it', async (_what, change, why) => {
  const store = encodePkcs12({ key, chain: leaf, ca: root, password, profile: 'Modern2023', ...change })
  await expect(store).rejects.toMatchObject({ code: 'pki/unreadable', message: why, retry: { kind: 'never' } })
})

test.each([
  ['nothing', ''],
  ['a sequence', '3000'],
  ['a PFX without MAC', '3014020103300f06092a864886f70d010701a0020400'],
])('%s is no store of any password', async (_what, hex) => {
  expect(await isPasswordOfPkcs12(Buffer.from(hex, 'hex'), password)).toBe(false)
})

function keytool(path: string, storePassword = 'changeit'): string {
  return execFileSync(
    'keytool',
    ['-J-Duser.language=en', '-list', '-v', '-keystore', path, '-storepass', storePassword, '-storetype', 'PKCS12'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
}
