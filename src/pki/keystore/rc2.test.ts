import { expect, test } from 'vitest'

import { openssl } from '../oracles.test-support.ts'
import { encryptRc2 } from './rc2.ts'

const noIv = Buffer.alloc(8)

// RFC 2268 §5, those whose effective key is as long as the key.
test.each([
  ['ffffffffffffffff', 'ffffffffffffffff', '278b27e42e2f0d49'],
  ['3000000000000000', '1000000000000001', '30649edf9be7d2c2'],
  ['88bca90e90875a7f0f79c384627bafb2', '0000000000000000', '2269552ab0f85ca6'],
])('a block under the key %s is that of RFC 2268', (key, plain, cipher) => {
  const encrypted = encryptRc2(Buffer.from(plain, 'hex'), { key: Buffer.from(key, 'hex'), iv: noIv })
  expect(Buffer.from(encrypted).toString('hex').slice(0, 16)).toBe(cipher)
})

test.each([0, 1, 7, 8, 9, 1_000])('%i bytes under a key of 40 bits are what openssl decrypts', (size) => {
  const [key, iv] = ['0102030405', 'a0a1a2a3a4a5a6a7']
  const plain = Buffer.alloc(size, 'abc')
  const encrypted = encryptRc2(plain, { key: Buffer.from(key, 'hex'), iv: Buffer.from(iv, 'hex') })
  const args = ['enc', '-d', '-rc2-40-cbc', '-K', key, '-iv', iv, '-provider', 'legacy', '-provider', 'default']
  expect(openssl(args, encrypted)).toBe(plain.toString())
})
