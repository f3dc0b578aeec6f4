import { expect, test } from 'vitest'

import type { AcmeSolver } from '../../crds/issuer.ts'
import type { OrderAuthorization } from '../../crds/order.ts'
import { chooseSolver } from './solver-choice.ts'

const http = (name: string, selector?: AcmeSolver['selector']): AcmeSolver => ({
  http01: { ingress: { ingressTemplate: { metadata: { labels: { name } } } } },
  ...(selector === undefined ? {} : { selector }),
})
const dns: AcmeSolver = { dns01: { rfc2136: { nameserver: '10.0.0.16' } } }
const tls: AcmeSolver = { tlsALPN01: { ingressRouteTCP: {} } }
const authorization = (identifier: string, more: Partial<OrderAuthorization> = {}): OrderAuthorization => ({
  url: 'https://ca.example/authz/1',
  identifier,
  challenges: ['dns-01', 'http-01', 'tls-alpn-01'].map((type) => ({ type, url: `https://ca.example/${type}`, token: 'tok' })),
  ...more,
})

test.each<[when: string, name: string, solvers: readonly AcmeSolver[], chosen: string]>([
  ['no solver has a selector, the first', 'a.example.com', [http('first'), http('second')], 'first'],
  [
    'one names the DNS name, that one',
    'a.example.com',
    [http('any'), http('zone', { dnsZones: ['a.example.com'] }), http('name', { dnsNames: ['a.example.com'] })],
    'name',
  ],
  [
    'two zones match, the longer one',
    'a.b.example.com',
    [http('short', { dnsZones: ['example.com'] }), http('long', { dnsZones: ['b.example.com'] })],
    'long',
  ],
  ['a zone is the end of a label only, not that one', 'notexample.com', [http('zone', { dnsZones: ['example.com'] }), http('any')], 'any'],
  [
    'a zone is written with other letters and a dot, that one',
    'a.example.com',
    [http('any'), http('zone', { dnsZones: ['Example.COM.'] })],
    'zone',
  ],
  [
    'labels match, the one with more of them',
    'a.example.com',
    [http('one', { matchLabels: { app: 'web' } }), http('two', { matchLabels: { app: 'web', tier: 'front' } })],
    'two',
  ],
  ['a label differs, not that one', 'a.example.com', [http('other', { matchLabels: { app: 'db' } }), http('any')], 'any'],
  [
    'a zone and labels compete, the zone',
    'a.example.com',
    [http('labels', { matchLabels: { app: 'web', tier: 'front' } }), http('zone', { dnsZones: ['com'] })],
    'zone',
  ],
  [
    'two match equally, the earlier',
    'a.example.com',
    [http('first', { dnsZones: ['com'] }), http('second', { dnsZones: ['com'] })],
    'first',
  ],
  ['one has an empty selector and an earlier one has none, the earlier', 'a.example.com', [http('none'), http('empty', {})], 'none'],
  [
    'one names the DNS name and a later one has more labels, the name',
    'a.example.com',
    [http('name', { dnsNames: ['a.example.com'] }), http('labels', { matchLabels: { app: 'web', tier: 'front' } })],
    'name',
  ],
  [
    'two name the DNS name, the one whose zone matches too',
    'a.example.com',
    [
      http('name', { dnsNames: ['a.example.com'] }),
      http('both', { dnsNames: ['a.example.com'], dnsZones: ['example.com'] }),
      http('again', { dnsNames: ['a.example.com'] }),
    ],
    'both',
  ],
  [
    'two name the DNS name, the one with more labels',
    'a.example.com',
    [
      http('one', { dnsNames: ['a.example.com'], matchLabels: { app: 'web' } }),
      http('two', { dnsNames: ['a.example.com'], matchLabels: { app: 'web', tier: 'front' } }),
    ],
    'two',
  ],
  [
    'two match the same zone, the one with more labels',
    'a.example.com',
    [http('bare', { dnsZones: ['example.com'] }), http('labeled', { dnsZones: ['example.com'], matchLabels: { app: 'web' } })],
    'labeled',
  ],
  [
    'none matches, none',
    'a.example.com',
    [http('other', { dnsNames: ['b.example.com'] }), http('zone', { dnsZones: ['example.org'] })],
    'no solver of the issuer can prove control of a.example.com',
  ],
  [
    'a name matches but its zone does not, not that one',
    'a.example.com',
    [http('both', { dnsNames: ['a.example.com'], dnsZones: ['example.org'] }), http('any')],
    'any',
  ],
])('when %s is chosen', (_when, name, solvers, chosen) => {
  const choice = chooseSolver(authorization(name), solvers, { name: 'order', labels: { app: 'web', tier: 'front' } })
  expect(choice.kind === 'ok' ? choice.solver.http01?.ingress?.ingressTemplate?.metadata?.labels?.['name'] : choice.why).toBe(chosen)
})

test('TLS-ALPN-01 is chosen for names and addresses, where the issuer has it', () => {
  for (const name of ['a.example.com', '192.0.2.7'])
    expect(chooseSolver(authorization(name), [tls], { name: 'order' })).toMatchObject({
      kind: 'ok',
      type: 'TLS-ALPN-01',
      challenge: { type: 'tls-alpn-01' },
    })
})

test.each<[offered: readonly string[], type: string | undefined]>([
  [['dns-01'], 'DNS-01'],
  [['http-01'], 'HTTP-01'],
  // The first solver in the list, whatever comes first at the CA.
  [['http-01', 'dns-01'], 'DNS-01'],
  [['tls-alpn-01'], undefined],
  [['device-attest-01', 'from-the-future-01'], undefined],
  [[], undefined],
])('of what the CA offers (%j) the type is %s', (offered, type) => {
  const challenges = offered.map((one) => ({ type: one, url: `https://ca.example/${one}`, token: 'tok' }))
  const choice = chooseSolver(authorization('a.example.com', { challenges }), [dns, http('any')], { name: 'order' })
  expect(choice.kind === 'ok' ? choice.type : undefined).toBe(type)
})

test('a wildcard never gets HTTP-01 or TLS-ALPN-01, whatever the CA offers', () => {
  const wildcard = authorization('example.com', { wildcard: true })
  expect(chooseSolver(wildcard, [tls], { name: 'order' }).kind).toBe('none')
  expect(chooseSolver(wildcard, [http('any')], { name: 'order' })).toEqual({
    kind: 'none',
    why: 'no solver of the issuer can prove control of *.example.com',
  })
  expect(chooseSolver(wildcard, [http('any'), dns], { name: 'order' })).toMatchObject({ kind: 'ok', type: 'DNS-01' })
})

const persistent: AcmeSolver = { dnsPersist01: {} }
const offering = (more: object) => ({
  challenges: [{ type: 'dns-persist-01', url: 'https://ca.example/dns-persist-01', token: '', ...more }],
})

test('DNS-PERSIST-01 is chosen for names and wildcards, where the CA says what a record may have', () => {
  for (const wildcard of [false, true])
    expect(
      chooseSolver(authorization('example.com', { wildcard, ...offering({ issuerDomainNames: ['ca.example'] }) }), [persistent], {
        name: 'order',
      }),
    ).toMatchObject({
      kind: 'ok',
      type: 'DNS-PERSIST-01',
      challenge: { issuerDomainNames: ['ca.example'] },
    })
})

test('a CA that offers DNS-PERSIST-01 and does not say what a record may have is told so', () => {
  expect(chooseSolver(authorization('example.com', { wildcard: true, ...offering({}) }), [persistent], { name: 'order' })).toEqual({
    kind: 'none',
    why: expect.stringContaining('*.example.com cannot be proved by DNS-PERSIST-01, as the CA keeps neither to draft 01 nor to draft 02'),
  })
})

test('a selector for a wildcard names it with its star', () => {
  const solvers: readonly AcmeSolver[] = [dns, { ...dns, selector: { dnsNames: ['*.example.com'] } }]
  expect(chooseSolver(authorization('example.com', { wildcard: true }), solvers, { name: 'order' })).toMatchObject({
    solver: { selector: { dnsNames: ['*.example.com'] } },
  })
})

test.each<[when: string, annotations: Record<string, string>, ingress: object]>([
  ['the name', { 'acme.cert-manager.io/http01-override-ingress-name': 'mine' }, { serviceType: 'NodePort', name: 'mine' }],
  ['the class', { 'acme.cert-manager.io/http01-override-ingress-class': 'other' }, { serviceType: 'NodePort', class: 'other' }],
  [
    'the class name',
    { 'acme.cert-manager.io/http01-override-ingress-ingressclassname': 'other' },
    { serviceType: 'NodePort', ingressClassName: 'other' },
  ],
  ['nothing', {}, { serviceType: 'NodePort', ingressClassName: 'nginx' }],
])('when annotations of the Order override %s, the solver has that', (_when, annotations, ingress) => {
  const solvers: readonly AcmeSolver[] = [{ http01: { ingress: { ingressClassName: 'nginx', serviceType: 'NodePort' } } }]
  const choice = chooseSolver(authorization('a.example'), solvers, { name: 'order', annotations })
  expect(choice.kind === 'ok' && choice.solver.http01?.ingress).toEqual(ingress)
})

test('two overriding annotations are a contradiction', () => {
  const annotations = {
    'acme.cert-manager.io/http01-override-ingress-name': 'a',
    'acme.cert-manager.io/http01-override-ingress-class': 'b',
  }
  expect(chooseSolver(authorization('a.example'), [http('any')], { name: 'order', annotations })).toEqual({
    kind: 'none',
    why: 'set only one of the annotations acme.cert-manager.io/http01-override-ingress-name, acme.cert-manager.io/http01-override-ingress-class',
  })
})
