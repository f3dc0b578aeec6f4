import { describe, expect, test } from 'vitest'
import { DAY, HOUR, MINUTE, plus, SECOND } from '../../lib/instant.ts'
import { aCertificate, aRequest, aStoredSecret, aWorld, issued, start, wanted } from './builders.ts'
import { whyNotReady, whyReissue } from './policies.ts'
import type { KeyPair, StoredLeaf, StoredPair, StoredSecret } from './stored-secret.ts'
import type { RenewalPolicy } from './wanted.ts'
import type { World } from './world.ts'

const now = plus(start, HOUR)
const revised = aCertificate({ status: { revision: 3 } })
const current = (parts: Parameters<typeof aRequest>[0] = {}) => aRequest({ name: 'web-3', revision: 3, state: issued(), ...parts })

/** The reasons to issue anew and not to be Ready; `-`: none. */
function reasons(parts: Partial<World>, at = now): string {
  const world = aWorld({ certificate: revised, stored: aStoredSecret(), ...parts })
  return `${whyReissue(world, at)?.reason ?? '-'} ${whyNotReady(world, at)?.reason ?? '-'}`
}

const issuer = (name?: string, kind?: string, group?: string): StoredSecret['issuer'] => ({ name, kind, group })
const storedBy = (...by: Parameters<typeof issuer>) => aStoredSecret({ issuer: issuer(...by) })
const clusterIssuer = { ...wanted, issuer: { name: 'ca', kind: 'ClusterIssuer', group: 'cert-manager.io' } }

test.each<[title: string, given: Partial<World>, expected: string]>([
  ['there is no Secret', { stored: undefined }, 'DoesNotExist DoesNotExist'],
  ['the Secret holds only a part of the pair', broken({ kind: 'incomplete', why: '' }), 'MissingData MissingData'],
  ['the key does not parse', broken({ kind: 'broken', reason: 'InvalidKeyPair', why: '' }), 'InvalidKeyPair InvalidKeyPair'],
  [
    'the certificate does not parse',
    broken({ kind: 'broken', reason: 'InvalidCertificate', why: '' }),
    'InvalidCertificate InvalidCertificate',
  ],

  ['the Secret names the issuer', { stored: storedBy('ca', 'Issuer', 'cert-manager.io') }, '- -'],
  ['the Secret names the issuer without its defaults', { stored: storedBy('ca') }, '- -'],
  ['the Secret says nothing of an issuer', { stored: storedBy() }, '- -'],
  [
    'the Secret says nothing of an issuer and a ClusterIssuer is wanted',
    { stored: storedBy(undefined), wanted: clusterIssuer },
    'IncorrectIssuer IncorrectIssuer',
  ],
  ['the Secret gives an issuer an empty kind and no name', { stored: storedBy(undefined, '') }, 'IncorrectIssuer IncorrectIssuer'],
  ['the Secret names only the kind of an issuer', { stored: storedBy(undefined, 'Issuer') }, 'IncorrectIssuer IncorrectIssuer'],
  [
    'the Secret names only the group of an issuer',
    { stored: storedBy(undefined, '', 'cert-manager.io') },
    'IncorrectIssuer IncorrectIssuer',
  ],
  ['the Secret names another issuer', { stored: storedBy('old') }, 'IncorrectIssuer IncorrectIssuer'],
  ['the Secret names another kind of issuer', { stored: storedBy('ca', 'ClusterIssuer') }, 'IncorrectIssuer IncorrectIssuer'],
  ['the Secret names another group of issuers', { stored: storedBy('ca', 'Issuer', 'x.example') }, 'IncorrectIssuer IncorrectIssuer'],

  ['the Secret names no Certificate', { stored: aStoredSecret({ certificateName: undefined }) }, '- -'],
  [
    'the Secret names another Certificate',
    { stored: aStoredSecret({ certificateName: 'other' }) },
    'IncorrectCertificate IncorrectCertificate',
  ],

  ['the key has another size', { wanted: { ...wanted, key: { algorithm: 'ECDSA', size: 384 } } }, 'SecretMismatch SecretMismatch'],
  ['the key is of another algorithm', { wanted: { ...wanted, key: { algorithm: 'RSA', size: 2048 } } }, 'SecretMismatch SecretMismatch'],
  ['the key is no Ed25519 key', { wanted: { ...wanted, key: { algorithm: 'Ed25519', size: 0 } } }, 'SecretMismatch SecretMismatch'],

  ['the request of the revision is as wanted', { requests: [current()] }, '- -'],
  [
    'the request of the revision was made with another key',
    { requests: [current({ publicKeyFingerprint: 'key-2' })] },
    'SecretMismatch SecretMismatch',
  ],
  [
    'the CSR of the revision does not parse',
    { requests: [current({ publicKeyFingerprint: undefined, violations: undefined })] },
    'InvalidCertificateRequest InvalidCertificateRequest',
  ],
  [
    'the spec changed since the request of the revision',
    { requests: [current({ violations: ['spec.uris'] })] },
    'RequestChanged RequestChanged',
  ],
  ['the request of another revision is different', { requests: [current({ revision: 2, violations: ['spec.uris'] })] }, '- -'],
  [
    'a Certificate without a revision has a request that is different',
    { certificate: aCertificate(), requests: [aRequest({ violations: ['spec.uris'] })] },
    '- -',
  ],
  [
    'the issuer is another one and the spec has changed too',
    { stored: storedBy('old'), requests: [current({ violations: ['spec.uris'] })] },
    'IncorrectIssuer IncorrectIssuer',
  ],
])('when %s: %3$s', (_title, given, expected) => {
  expect(reasons(given)).toBe(expected)
})

describe('without the request of the revision, the certificate', () => {
  test.each<[title: string, leaf: Partial<StoredLeaf>, spec: object, fits: boolean]>([
    ['has the names that are wanted', { commonName: 'a', dnsNames: ['a', 'b'] }, { commonName: 'a', dnsNames: ['b', 'a'] }, true],
    ['has a DNS name as its common name too', { commonName: 'a', dnsNames: ['a', 'b'] }, { dnsNames: ['a', 'b'] }, true],
    ['has the common name as a DNS name too', { commonName: 'a', dnsNames: ['a', 'b'] }, { commonName: 'a', dnsNames: ['b'] }, true],
    ['has no common name but it as a DNS name', { commonName: '', dnsNames: ['b', 'a'] }, { commonName: 'a', dnsNames: ['b'] }, true],
    ['lacks the common name', { commonName: '', dnsNames: ['b'] }, { commonName: 'a', dnsNames: ['b'] }, false],
    ['has a common name that is not wanted', { commonName: 'x', dnsNames: ['b'] }, { dnsNames: ['b'] }, false],
    ['has a DNS name too many', { dnsNames: ['a', 'b', 'c'] }, { dnsNames: ['a', 'b'] }, false],
    ['has a DNS name twice', { dnsNames: ['a', 'a'] }, { dnsNames: ['a'] }, true],
    [
      'has the addresses in other words',
      { dnsNames: [], ipAddresses: ['2001:db8::1'] },
      { dnsNames: [], ipAddresses: ['2001:DB8:0::1'] },
      true,
    ],
    ['has another address', { dnsNames: [], ipAddresses: ['192.0.2.1'] }, { dnsNames: [], ipAddresses: ['192.0.2.2'] }, false],
    ['has an address as its common name', { commonName: '192.0.2.1', dnsNames: [] }, { dnsNames: [], ipAddresses: ['192.0.2.1'] }, false],
    ['has another URI', { dnsNames: [], uris: ['a:b'] }, { dnsNames: [], uris: ['a:c'] }, false],
    ['lacks an email address', { dnsNames: [], emailAddresses: [] }, { dnsNames: [], emailAddresses: ['a@b.example'] }, false],
  ])('%s', (_title, leaf, spec, fits) => {
    const certificate = aCertificate({ spec, status: { revision: 3 } })
    expect(reasons({ certificate, stored: withLeaf(leaf) })).toBe(fits ? '- -' : 'SecretMismatch SecretMismatch')
  })
})

describe('of a certificate of 10 hours', () => {
  const stored = aStoredSecret({ lifetime: 10 * HOUR })
  const before = (milliseconds: number): RenewalPolicy => ({ kind: 'before', milliseconds })
  const dueAt = 6 * HOUR + 40 * MINUTE

  test.each<[title: string, renewal: RenewalPolicy, at: number, expected: string]>([
    ['a moment before two thirds are over', { kind: 'default' }, dueAt - 1, '- -'],
    ['when two thirds are over', { kind: 'default' }, dueAt, 'Renewing -'],
    ['long after two thirds are over', { kind: 'default' }, 9 * HOUR, 'Renewing -'],
    ['a minute before renewBefore', before(HOUR), 9 * HOUR - MINUTE, '- -'],
    ['at renewBefore', before(HOUR), 9 * HOUR, 'Renewing -'],
    ['before two thirds are over, with a renewBefore longer than its lifetime', before(720 * HOUR), 2 * HOUR, '- -'],
    ['when two thirds are over, with a renewBefore longer than its lifetime', before(720 * HOUR), dueAt, 'Renewing -'],
    ['when 80 % are left of a percentage of 80', { kind: 'percentage', percentage: 80 }, 2 * HOUR, 'Renewing -'],
    ['before two thirds are over, with a percentage of 0', { kind: 'percentage', percentage: 0 }, dueAt - 1, '- -'],
    ['before two thirds are over, with a percentage of 100', { kind: 'percentage', percentage: 100 }, dueAt - 1, '- -'],
    ['when renewal is disabled', { kind: 'disabled' }, 10 * HOUR, '- -'],
    ['when renewal is disabled and it has expired', { kind: 'disabled' }, 10 * HOUR + SECOND, '- Expired'],
    ['when it has expired', { kind: 'default' }, 10 * HOUR + SECOND, 'Renewing Expired'],
  ])('%s: %4$s', (_title, renewal, at, expected) => {
    expect(reasons({ stored, wanted: { ...wanted, renewal } }, plus(start, at))).toBe(expected)
  })

  test('what the status says about its renewal does not matter: a Certificate may just have been issued again', () => {
    const certificate = aCertificate({ status: { revision: 3, renewalTime: '2025-12-31T00:00:00Z' } })
    expect(reasons({ certificate, stored: aStoredSecret({ lifetime: 90 * DAY }) })).toBe('- -')
  })
})

function broken(pair: StoredPair): Partial<World> {
  return { stored: aStoredSecret({ pair }) }
}

function withLeaf(leaf: Partial<StoredLeaf>): StoredSecret {
  const { pair } = aStoredSecret()
  return pair.kind === 'ok'
    ? aStoredSecret({ pair: { ...pair, leaf: { ...pair.leaf, ...leaf } } satisfies KeyPair & StoredPair })
    : aStoredSecret()
}
