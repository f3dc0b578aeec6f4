import { expect, test } from 'vitest'
import type { AcmeSolver } from '../../crds/issuer.ts'
import { solverOfTarget } from './place.ts'

const at = (nameserver: string, selector: AcmeSolver['selector'] = {}): AcmeSolver => ({ selector, dns01: { rfc2136: { nameserver } } })
const everywhere = at('chosen')

test.each<[what: string, solvers: readonly AcmeSolver[], chosen: AcmeSolver, then: string | undefined]>([
  ['no solver is for the zone of the target', [everywhere, at('other', { dnsZones: ['other.test'] })], everywhere, undefined],
  ['one is', [everywhere, at('delegates', { dnsZones: ['example.net'] })], everywhere, 'delegates'],
  [
    'one is for a closer zone than another',
    [everywhere, at('wide', { dnsZones: ['net', 'example.net'] }), at('close', { dnsZones: ['Acme.Example.NET.'] })],
    everywhere,
    'close',
  ],
  [
    'the chosen one is for that zone itself',
    [at('other', { dnsZones: ['example.net'] })],
    at('chosen', { dnsZones: ['example.net'] }),
    undefined,
  ],
  [
    'one is for the zone, but for certain names only',
    [at('named', { dnsZones: ['example.net'], dnsNames: ['a.test'] })],
    everywhere,
    undefined,
  ],
  [
    'one is for the zone, but for certain labels only',
    [at('labeled', { dnsZones: ['example.net'], matchLabels: { a: 'b' } })],
    everywhere,
    undefined,
  ],
  ['one for the zone proves by HTTP-01', [{ selector: { dnsZones: ['example.net'] }, http01: { ingress: {} } }], everywhere, undefined],
  ['a zone only ends in the same letters', [at('other', { dnsZones: ['ple.net'] })], everywhere, undefined],
])('who writes the record of a CNAME’s target, when %s', (_what, solvers, chosen, then) => {
  expect(solverOfTarget(solvers, chosen, 'web.acme.example.net')?.rfc2136?.nameserver).toBe(then)
})
