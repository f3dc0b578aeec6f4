import { expect, test } from 'vitest'
import { issuerChoice } from './issuer-choice.ts'

const defaultIssuer = { name: 'standard', kind: 'ClusterIssuer', group: 'cert-manager.io' }
const auto = ['kubernetes.io/tls-acme']
const prefixed = (annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key.includes('/') ? key : `cert-manager.io/${key}`, value]))

test.each<[annotations: Readonly<Record<string, string>>, issuerRef: string]>([
  [{ issuer: 'ca' }, 'ca Issuer cert-manager.io'],
  [{ 'cluster-issuer': 'ca' }, 'ca ClusterIssuer cert-manager.io'],
  [{ issuer: 'ca', 'issuer-kind': 'ClusterIssuer' }, 'ca ClusterIssuer cert-manager.io'],
  [{ issuer: 'ca', 'issuer-kind': 'StepIssuer', 'issuer-group': 'certmanager.step.sm' }, 'ca StepIssuer certmanager.step.sm'],
  [{ issuer: 'ca', 'issuer-kind': '', 'issuer-group': '' }, 'ca Issuer cert-manager.io'],
  [{ 'kubernetes.io/tls-acme': 'true' }, 'standard ClusterIssuer cert-manager.io'],
  [{ 'kubernetes.io/tls-acme': 'T' }, 'standard ClusterIssuer cert-manager.io'],
  [{ 'kubernetes.io/tls-acme': 'true', issuer: 'ca' }, 'ca Issuer cert-manager.io'],
  [{ 'kubernetes.io/tls-acme': 'true', 'issuer-kind': 'Issuer' }, 'standard Issuer cert-manager.io'],
])('%j asks for %s', (annotations, issuerRef) => {
  const choice = issuerChoice(prefixed(annotations), { defaultIssuer, auto })
  const [name, kind, group] = issuerRef.split(' ')
  expect(choice).toEqual({ kind: 'ok', issuerRef: { name, kind, group } })
})

test.each<[annotations: Readonly<Record<string, string>>]>([
  [{}],
  [{ 'kubernetes.io/tls-acme': 'false' }],
  [{ 'kubernetes.io/tls-acme': 'yes' }],
  [{ 'issuer-kind': 'ClusterIssuer' }],
])('%j asks for nothing', (annotations) => {
  expect(issuerChoice(prefixed(annotations), { defaultIssuer, auto })).toEqual({ kind: 'unasked' })
})

test.each<[annotations: Readonly<Record<string, string>>, why: string]>([
  [{ issuer: 'a', 'cluster-issuer': 'b' }, 'cert-manager.io/cluster-issuer excludes cert-manager.io/issuer: keep one of them'],
  [
    { 'cluster-issuer': 'b', 'issuer-kind': 'Issuer', 'issuer-group': 'x' },
    'cert-manager.io/cluster-issuer excludes cert-manager.io/issuer-kind, cert-manager.io/issuer-group: keep one of them',
  ],
  [{ issuer: '' }, 'cert-manager.io/issuer is empty: name an Issuer'],
  [{ 'cluster-issuer': '' }, 'cert-manager.io/cluster-issuer is empty: name a ClusterIssuer'],
])('%j is refused', (annotations, why) => {
  expect(issuerChoice(prefixed(annotations), { defaultIssuer, auto })).toEqual({ kind: 'bad', why })
})

test('without a default issuer tls-acme alone is refused', () => {
  const choice = issuerChoice({ 'kubernetes.io/tls-acme': 'true' }, { defaultIssuer: { ...defaultIssuer, name: '' }, auto })
  expect(choice).toMatchObject({ kind: 'bad', why: expect.stringContaining('there is no default one') })
})
