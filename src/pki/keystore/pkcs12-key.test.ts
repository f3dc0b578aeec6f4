import { expect, test } from 'vitest'

import { openssl } from '../oracles.test-support.ts'
import { bmpPassword, derivePkcs12Key, keyPurpose } from './pkcs12-key.ts'
import type { Pkcs12KeyOptions } from './pkcs12-key.ts'

test.each<[what: string, password: string, options: Omit<Pkcs12KeyOptions, 'salt'>, salt: string]>([
  ['a key for 3DES', 'changeit', { digest: 'sha1', purpose: keyPurpose.encryption, iterations: 2048, length: 24 }, '0102030405060708'],
  ['a key for RC2', 'changeit', { digest: 'sha1', purpose: keyPurpose.encryption, iterations: 2048, length: 5 }, 'fffefdfcfbfaf9f8'],
  ['an IV', 'pässwörd', { digest: 'sha1', purpose: keyPurpose.iv, iterations: 2048, length: 8 }, '0102030405060708'],
  ['a MAC key of one iteration', 'x', { digest: 'sha1', purpose: keyPurpose.mac, iterations: 1, length: 20 }, '0102030405060708'],
  [
    'a MAC key of SHA-256',
    'changeit',
    { digest: 'sha256', purpose: keyPurpose.mac, iterations: 2048, length: 32 },
    '000102030405060708090a0b0c0d0e0f',
  ],
  ['a key longer than two digests', 'changeit', { digest: 'sha1', purpose: keyPurpose.encryption, iterations: 3, length: 50 }, 'ff'],
  [
    'a key of a password longer than a block',
    'long '.repeat(20),
    { digest: 'sha256', purpose: keyPurpose.encryption, iterations: 2, length: 48 },
    '0102030405060708',
  ],
])('%s is what openssl derives', async (_what, password, options, salt) => {
  const key = await derivePkcs12Key(password, { ...options, salt: Buffer.from(salt, 'hex') })
  const parameters = {
    digest: options.digest,
    hexpass: Buffer.from(bmpPassword(password)).toString('hex'),
    hexsalt: salt,
    iter: options.iterations,
    id: options.purpose,
  }
  const args = Object.entries(parameters).flatMap(([name, value]) => ['-kdfopt', `${name}:${value}`])
  const derived = openssl(['kdf', '-keylen', String(options.length), ...args, 'PKCS12KDF'])
  expect(Buffer.from(key).toString('hex')).toBe(derived.trim().replaceAll(':', '').toLowerCase())
})

test('deriving a key lets others run in between', async () => {
  let turns = 0
  const count = setInterval(() => (turns += 1), 0)
  await derivePkcs12Key('changeit', { digest: 'sha1', purpose: keyPurpose.encryption, salt: Buffer.of(1), iterations: 200_000, length: 20 })
  clearInterval(count)
  expect(turns).toBeGreaterThan(1)
})
