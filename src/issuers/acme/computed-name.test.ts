import { expect, test } from 'vitest'

import { computedName } from './computed-name.ts'
import { challengeSpecShape, orderOfLongNameShape, orderSpecShape } from './name-shapes.ts'

// The hashes are what Go's encoding/json and hash/fnv yield for these specs.
test.each<[what: string, prefix: string, spec: object, name: string]>([
  [
    'DNS names',
    'web-1',
    {
      dnsNames: ['a.example', 'b.example'],
      commonName: 'a.example',
      issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'le' },
    },
    'web-1-3636544482',
  ],
  [
    'an address, a duration, a profile, and characters that Go escapes',
    'web-1',
    { profile: 'shortlived', duration: '2160h0m0s', ipAddresses: ['10.0.0.1'], issuerRef: { name: 'a<b>&c' } },
    'web-1-3701051762',
  ],
  [
    'a name with a dot where it is cut',
    `${'a'.repeat(51)}.example`,
    {
      dnsNames: ['a.example', 'b.example'],
      commonName: 'a.example',
      issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'le' },
    },
    `${'a'.repeat(51)}-3636544482`,
  ],
])('the name of an Order with %s is the one cert-manager gives it', (_what, prefix, spec, name) => {
  expect(computedName(prefix, spec, orderSpecShape)).toBe(name)
})

test('the hash of an Order with a long name covers the name', () => {
  const certificateRequestName = 'a-certificate-request-with-a-name-that-is-longer-than-fifty-two'
  const name = computedName(
    certificateRequestName,
    { certificateRequestName, spec: { dnsNames: ['a.example'], issuerRef: { name: 'le' } } },
    orderOfLongNameShape,
  )
  expect(name).toBe('a-certificate-request-with-a-name-that-is-longer-tha-2250986442')
})

test.each<[what: string, spec: object, name: string]>([
  [
    'HTTP-01 with an empty class and an empty template',
    {
      type: 'HTTP-01',
      token: 'tok',
      url: 'https://ca.example/chall/1',
      authorizationURL: 'https://ca.example/authz/1',
      dnsName: 'a.example',
      solver: { http01: { ingress: { class: '', ingressTemplate: {} } }, selector: {} },
      issuerRef: { name: 'le', kind: 'Issuer' },
    },
    'web-1-3636544482-2500280741',
  ],
  [
    'DNS-01 for a wildcard',
    {
      type: 'DNS-01',
      token: 'tok',
      wildcard: true,
      url: 'https://ca.example/chall/2',
      authorizationURL: 'https://ca.example/authz/2',
      dnsName: 'a.example',
      solver: {
        waitInsteadOfSelfCheck: '1m30s',
        dns01: { rfc2136: { nameserver: '10.0.0.16:53' } },
        selector: { matchLabels: { b: '2', a: '1' } },
      },
      issuerRef: { name: 'le' },
    },
    'web-1-3636544482-342550362',
  ],
])('the name of a Challenge for %s is the one cert-manager gives it', (_what, spec, name) => {
  expect(computedName('web-1-3636544482', spec, challengeSpecShape)).toBe(name)
})
