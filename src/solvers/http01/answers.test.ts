import { expect, test } from 'vitest'

import type { Challenge } from '../../crds/challenge.ts'
import type { Informer } from '../../kube/lister.ts'
import { http01Answers } from './answers.ts'

const THUMBPRINT = 'q'.repeat(43)
const challenge = (spec: Partial<Challenge['spec']> = {}, owner = 'Order'): Challenge => ({
  apiVersion: 'acme.cert-manager.io/v1',
  kind: 'Challenge',
  metadata: {
    name: 'c',
    namespace: 'shop',
    uid: 'c1',
    ownerReferences: [{ apiVersion: 'acme.cert-manager.io/v1', kind: owner, name: 'o', uid: 'o1', controller: true }],
  },
  spec: {
    url: 'u',
    authorizationURL: 'a',
    dnsName: 'a.example',
    type: 'HTTP-01',
    token: 'to-k_en',
    key: `to-k_en.${THUMBPRINT}`,
    solver: {},
    issuerRef: { name: 'le' },
    ...spec,
  },
})

/** A cache with these objects. */
function cacheOf(objects: readonly Challenge[]): Informer<Challenge> {
  return {
    get: ({ name }) => objects.find(({ metadata }) => metadata.name === name),
    list: () => objects,
    index: (valuesOf) => (value) => objects.filter((object) => valuesOf(object).includes(value)),
    onChange: () => () => {},
    isSynced: () => true,
  }
}

const PATH = '/.well-known/acme-challenge/to-k_en'

test.each<[what: string, given: Challenge, host: string | undefined, path: string]>([
  ['the name', challenge(), 'a.example', PATH],
  ['the name with a port', challenge(), 'a.example:80', PATH],
  ['the name in other letters and with a dot', challenge(), 'A.Example.', PATH],
  ['an IPv4 address', challenge({ dnsName: '192.0.2.7' }), '192.0.2.7:80', PATH],
  ['an IPv6 address', challenge({ dnsName: '2001:db8::7' }), '[2001:DB8:0::7]:80', PATH],
])('a request for %s is answered with the key authorization', (_what, given, host, path) => {
  expect(http01Answers({ challenges: cacheOf([given]) }).answer(host, path)).toBe(`to-k_en.${THUMBPRINT}`)
})

test.each<[what: string, given: Challenge, host: string | undefined, path: string]>([
  ['another host', challenge(), 'b.example', PATH],
  ['no host', challenge(), undefined, PATH],
  ['a host that is none', challenge(), 'a.example/x', PATH],
  ['another token', challenge(), 'a.example', '/.well-known/acme-challenge/other'],
  ['no token', challenge(), 'a.example', '/.well-known/acme-challenge/'],
  ['the folder above', challenge({ token: '..' }), 'a.example', '/.well-known/acme-challenge/..'],
  ['a path that only ends like it', challenge(), 'a.example', `/x${PATH}`],
  ['a path with a query', challenge(), 'a.example', `${PATH}?x`],
  ['a key that is no key authorization', challenge({ key: '<script>' }), 'a.example', PATH],
  ['a key for another token', challenge({ key: `other.${THUMBPRINT}` }), 'a.example', PATH],
  ['a key with more behind it', challenge({ key: `to-k_en.${THUMBPRINT}.x` }), 'a.example', PATH],
  ['a DNS-01 challenge', challenge({ type: 'DNS-01' }), 'a.example', PATH],
  ['a Challenge without an Order', challenge({}, 'ConfigMap'), 'a.example', PATH],
])('a request is not answered for %s', (_what, given, host, path) => {
  expect(http01Answers({ challenges: cacheOf([given]) }).answer(host, path)).toBeUndefined()
})

test('of two Challenges with one token the one for the host answers', () => {
  const answers = http01Answers({
    challenges: cacheOf([challenge({ dnsName: 'b.example', key: `to-k_en.${'b'.repeat(43)}` }), challenge()]),
  })
  expect(answers.answer('a.example', PATH)).toBe(`to-k_en.${THUMBPRINT}`)
})
