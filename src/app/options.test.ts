import { afterEach, expect, test } from 'vitest'
import { defaultPemLimits, encodePem, limitPem, parsePem } from '../pki/pem.ts'
import { readCsr } from '../pki/csr.ts'
import { parsePrivateKey } from '../pki/private-key.ts'
import { orderChain } from '../pki/chain.ts'
import { pemLimitsOf, readOptions } from './options.ts'

afterEach(() => limitPem(defaultPemLimits))

const said = (...args: readonly string[]) => {
  const reading = readOptions(args, {}, 1)
  return reading.kind === 'invalid' ? reading.why : 'ok'
}

test.each<[args: readonly string[], said: string]>([
  [[], 'ok'],
  [['--max-certificate-size=330000'], 'ok'],
  [['--max-private-key-size=0'], '--max-private-key-size=0: give a number of bytes'],
  [['--max-certificate-size=-1'], 'cannot read --max-certificate-size=-1'],
  [['--max-certificate-size=330001'], '--max-certificate-size=330001 is more than --max-certificate-bundle-size=330000'],
  [
    ['--max-certificate-chain-length=9', '--max-certificate-bundle-size=8', '--max-certificate-size=1'],
    '--max-certificate-chain-length=9 is more than --max-certificate-bundle-size=8',
  ],
  [['--metrics-listen-address=nowhere'], '--metrics-listen-address=nowhere: give host:port, or 0 to switch it off'],
])('%j: %s', (args, why) => {
  expect(said(...args)).toBe(why)
})

test('each size bounds what is read of its sort, and of no other', () => {
  const reading = readOptions(
    ['--max-certificate-size=100', '--max-private-key-size=101', '--max-certificate-chain-length=102', '--max-certificate-bundle-size=103'],
    {},
    1,
  )
  expect(reading.kind).toBe('ok')
  if (reading.kind === 'ok') limitPem(pemLimitsOf(reading.options))
  const pem = encodePem('X', new Uint8Array(200))
  const why = (parsed: { readonly kind: string; readonly why?: string }) => parsed.why?.replace(/.* more than/, 'more than')
  expect([readCsr(pem), parsePrivateKey(pem), orderChain(pem), parsePem(pem)].map(why)).toEqual([
    'more than the limit of 100',
    'more than the limit of 101',
    'more than the limit of 102',
    'more than the limit of 103',
  ])
})
