import { beforeAll, describe, expect, test } from 'vitest'
import { legibleCertificates, mergedCaBundle } from './ca-bundle.ts'
import { aCaTemplate, at, certificateOf } from './oracles.test-support.ts'
import { generatePrivateKey } from './private-key.ts'
import { signCertificate } from './sign-certificate.ts'

const ends = { old: '2027-01-01T00:00:00Z', next: '2030-01-01T00:00:00Z', third: '2035-01-01T00:00:00Z' } as const
type Name = keyof typeof ends
const pems = {} as Record<Name, string>
const now = at('2026-06-01T00:00:00Z')

beforeAll(async () => {
  for (const name of Object.keys(ends) as Name[]) pems[name] = await newCa(name, ends[name])
})

describe('a bundle', () => {
  test.each<[what: string, earlier: readonly Name[], added: readonly Name[], merged: readonly Name[]]>([
    ['that was empty holds the CA alone', [], ['old'], ['old']],
    ['keeps an earlier CA in front of the new one', ['old'], ['next'], ['old', 'next']],
    ['that holds the CA already stays as it is', ['old', 'next'], ['old'], ['old', 'next']],
    ['drops duplicates', ['old', 'old'], ['next', 'next', 'old'], ['old', 'next']],
    ['takes over several CAs', ['next'], ['third', 'old'], ['next', 'third', 'old']],
  ])('%s', (_what, earlier, added, merged) => {
    expect(mergedCaBundle(read(earlier), read(added), now).pem).toBe(merged.map((name) => pems[name]).join(''))
  })

  test('loses a CA the moment after it has expired, and says when that will be', () => {
    const bundle = mergedCaBundle(read(['old']), read(['next']), now)
    expect(bundle.expiresAt).toBe(at(ends.old))
    expect(mergedCaBundle(read(['old']), read(['next']), at(ends.old)).pem).toContain(pems.old)
    expect(mergedCaBundle(read(['old']), read(['next']), at('2027-01-01T00:00:01Z'))).toEqual({ pem: pems.next, expiresAt: at(ends.next) })
  })

  test('is empty when everything has expired', () => {
    expect(mergedCaBundle(read(['old']), read(['next']), at('2040-01-01T00:00:00Z'))).toEqual({ pem: '', expiresAt: undefined })
  })

  test('forgets the oldest CAs rather than grow beyond what an object can hold', async () => {
    const earlier = await Promise.all(['a', 'b', 'c', 'd'].map((letter) => newCa(letter.repeat(15_000), ends.third)))
    const { pem } = mergedCaBundle(
      earlier.map((one) => certificateOf(one)),
      read(['next']),
      now,
    )
    expect(pem).toBe(`${earlier.slice(-1).join('')}${pems.next}`)
    expect(pem.length).toBeLessThanOrEqual(65_536)
  })
})

describe('a bundle that somebody wrote', () => {
  test.each<[what: string, bundle: () => string, names: readonly Name[]]>([
    ['with words around the certificates gives these', () => `# ours\n${pems.old}# theirs\n${pems.next}`, ['old', 'next']],
    [
      'with something illegible gives the rest',
      () => `${pems.old}-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n`,
      ['old'],
    ],
    [
      'with a key among them gives the certificates',
      () => `-----BEGIN PUBLIC KEY-----\naGVsbG8=\n-----END PUBLIC KEY-----\n${pems.old}`,
      ['old'],
    ],
    ['that is no PEM gives none', () => '\n', []],
  ])('%s', (_what, bundle, names) => {
    expect(legibleCertificates(Buffer.from(bundle())).map(({ notAfter }) => notAfter)).toEqual(names.map((name) => at(ends[name])))
  })
})

function read(names: readonly Name[]) {
  return names.map((name) => certificateOf(pems[name]))
}

async function newCa(name: string, notAfter: string): Promise<string> {
  const key = await generatePrivateKey({ algorithm: 'Ed25519', size: 0 })
  return signCertificate({ ...aCaTemplate(name, key), notAfter: at(notAfter) }, { key })
}
