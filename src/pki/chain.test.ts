import type { KeyObject } from 'node:crypto'

import { beforeAll, describe, expect, test } from 'vitest'

import { isSignedBy, orderChain } from './chain.ts'
import { aCaTemplate, aTemplate, certificateOf, openssl, withFiles } from './oracles.test-support.ts'
import { generatePrivateKey } from './private-key.ts'
import { signCertificate } from './sign-certificate.ts'

const names = ['root', 'upper', 'lower', 'leaf', 'other', 'selfSignedLeaf', 'impostor', 'noCa'] as const
const pems = {} as Record<(typeof names)[number], string>

beforeAll(async () => {
  const made = await Promise.all(names.map(async (name) => [name, await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })] as const))
  const keys = Object.fromEntries(made) as Record<(typeof names)[number], KeyObject>
  const certificate = (name: (typeof names)[number]) => ({ key: keys[name], certificate: certificateOf(pems[name]) })
  pems.root = await signCertificate(aCaTemplate('Root', keys.root), { key: keys.root })
  pems.upper = await signCertificate(aCaTemplate('Upper', keys.upper), certificate('root'))
  pems.lower = await signCertificate(aCaTemplate('Lower', keys.lower), certificate('upper'))
  pems.leaf = await signCertificate(aTemplate(keys.leaf), certificate('lower'))
  pems.other = await signCertificate(aCaTemplate('Other', keys.other), { key: keys.other })
  pems.selfSignedLeaf = await signCertificate(aTemplate(keys.selfSignedLeaf), { key: keys.selfSignedLeaf })
  pems.impostor = await signCertificate(aCaTemplate('Lower', keys.impostor), certificate('upper'))
  pems.noCa = await signCertificate({ ...aCaTemplate('Lower', keys.lower), isCA: false }, certificate('upper'))
})

type Named = readonly (typeof names)[number][]

function pemOf(wanted: Named): string {
  return wanted.map((name) => pems[name]).join('')
}

describe('a chain', () => {
  test.each<[what: string, given: Named, chain: Named, ca: Named]>([
    ['that is whole', ['leaf', 'lower', 'upper', 'root'], ['leaf', 'lower', 'upper'], ['root']],
    ['that is reversed', ['root', 'upper', 'lower', 'leaf'], ['leaf', 'lower', 'upper'], ['root']],
    ['that is mixed up', ['upper', 'leaf', 'root', 'lower'], ['leaf', 'lower', 'upper'], ['root']],
    ['with duplicates', ['leaf', 'leaf', 'lower', 'root', 'upper', 'lower'], ['leaf', 'lower', 'upper'], ['root']],
    ['without its root', ['lower', 'leaf', 'upper'], ['leaf', 'lower', 'upper'], ['upper']],
    ['of a leaf alone', ['leaf'], ['leaf'], []],
    ['of a root alone', ['root'], ['root'], ['root']],
    ['of a self-signed leaf, which is no CA', ['selfSignedLeaf'], ['selfSignedLeaf'], []],
    ['of an intermediate and its root', ['root', 'upper'], ['upper'], ['root']],
  ])('%s is put in order', (_what, given, chain, ca) => {
    const ordered = orderChain(pemOf(given))
    expect(ordered).toMatchObject({ kind: 'ok', chain: pemOf(chain) })
    expect(ordered.kind === 'ok' && (ordered.ca ?? '')).toBe(pemOf(ca))
  })

  const broken = 'the certificates do not form one chain: one of them neither signs another nor is signed by one'
  test.each<[what: string, given: Named, why: string]>([
    ['with a link missing', ['leaf', 'upper', 'root'], broken],
    ['with a certificate that does not belong to it', ['leaf', 'lower', 'other'], broken],
    ['with an issuer of the right name and another key', ['leaf', 'impostor'], broken],
    ['with an issuer that is no CA', ['leaf', 'noCa'], broken],
    ['that branches', ['leaf', 'lower', 'impostor', 'upper', 'root'], broken],
  ])('%s is unreadable', (_what, given, why) => {
    expect(orderChain(pemOf(given))).toEqual({ kind: 'unreadable', why })
  })

  test('that is put in order satisfies openssl', () => {
    const ordered = orderChain(pemOf(['upper', 'leaf', 'root', 'lower']))
    if (ordered.kind === 'unreadable') throw new Error(ordered.why)
    const verdict = withFiles({ chain: ordered.chain, root: ordered.ca ?? '' }, (path) =>
      openssl(['verify', '-x509_strict', '-CAfile', path('root'), '-untrusted', path('chain'), path('chain')]),
    )
    expect(verdict.trim().endsWith(': OK')).toBe(true)
  })

  test('of many certificates that share one name is refused before all their signatures are tried', async () => {
    const strangers = Array.from({ length: 110 }, async () => {
      const key = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
      return signCertificate(aCaTemplate('Same', key), { key })
    })
    const why = 'too many of the certificates share a name to find their order'
    expect(orderChain((await Promise.all(strangers)).join(''))).toEqual({ kind: 'unreadable', why })
  })
})

describe('isSignedBy', () => {
  test.each<[what: string, args: readonly string[]]>([
    ['RSA', ['-newkey', 'rsa:2048', '-sha256']],
    ['RSA with SHA-512', ['-newkey', 'rsa:2048', '-sha512']],
    ['RSA-PSS with SHA-256', ['-newkey', 'rsa:2048', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:32']],
    ['RSA-PSS with SHA-384', ['-newkey', 'rsa:2048', '-sha384', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:48']],
    ['P-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-sha384']],
    ['P-521 with SHA-256', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521', '-sha256']],
    ['Ed25519', ['-newkey', 'ed25519']],
  ])('accepts a root of openssl signed with %s', (_what, args) => {
    const root = certificateOf(openssl(['req', '-x509', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=a', ...args]))
    expect(isSignedBy(root, root)).toBe(true)
    expect(isSignedBy({ ...root, tbs: Buffer.concat([root.tbs, Buffer.of(0)]) }, root)).toBe(false)
  })

  test.each<[what: string, args: readonly string[]]>([
    ['RSA with SHA-1', ['-newkey', 'rsa:2048', '-sha1']],
    ['RSA-PSS with another salt', ['-newkey', 'rsa:2048', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:20']],
    ['another curve', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1']],
    [
      'a curve whose parameters are written out',
      ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:explicit'],
    ],
  ])('does not accept %s', (_what, args) => {
    const root = certificateOf(openssl(['req', '-x509', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=a', ...args]))
    expect(isSignedBy(root, root)).toBe(false)
  })
})
