import { expect, test } from 'vitest'
import type { Challenge } from '../../crds/challenge.ts'
import type { AcmeSolver } from '../../crds/issuer.ts'
import type { Order } from '../../crds/order.ts'
import { requiredChallenge } from '../../issuers/acme/required-challenge.ts'
import { listedIn } from './listed-in.ts'

const url = 'https://ca.example/authz/1'
const authorization = {
  url,
  identifier: 'web.example.com',
  challenges: [{ url: 'https://ca.example/challenge/1', type: 'http-01', token: 'token' }],
}
const order: Order = {
  apiVersion: 'acme.cert-manager.io/v1',
  kind: 'Order',
  metadata: { name: 'web-1', namespace: 'shop' },
  spec: { request: '', issuerRef: { name: 'acme' }, dnsNames: ['web.example.com'] },
  status: { authorizations: [authorization] },
}
const nginx: AcmeSolver = { http01: { ingress: { ingressClassName: 'nginx' } } }
const traefik: AcmeSolver = { http01: { ingress: { ingressClassName: 'traefik' } } }

/** The Challenge that the Order makes while the issuer has this solver. */
function challengeFor(solver: AcmeSolver, spec: Partial<Challenge['spec']> = {}): Challenge {
  const required = requiredChallenge(order, authorization, [solver])
  if (required.kind === 'none') throw new Error(required.why)
  return {
    apiVersion: 'acme.cert-manager.io/v1',
    kind: 'Challenge',
    metadata: { name: required.name, namespace: 'shop' },
    spec: { ...required.spec, key: 'key', ...spec },
  }
}

test('a Challenge that its Order makes now is solved by the solver of the issuer, whatever it says itself', () => {
  expect(listedIn(order, challengeFor(nginx, { solver: traefik }), [nginx])).toMatchObject({
    type: 'HTTP-01',
    solver: nginx,
    isCurrent: true,
  })
})

test.each<[what: string, solver: AcmeSolver]>([
  ['for another solver', traefik],
  ['that waits for longer', { ...nginx, waitInsteadOfSelfCheck: '1h' }],
])('a Challenge %s than the issuer chooses now is about to be replaced', (_what, before) => {
  expect(listedIn(order, challengeFor(before), [nginx])).toMatchObject({ solver: nginx, isCurrent: false })
})

test.each<[what: string, challenge: Challenge]>([
  ['of another authorization', challengeFor(nginx, { authorizationURL: 'https://ca.example/authz/2' })],
  ['for another name', challengeFor(nginx, { dnsName: 'other.example.com' })],
  ['of another type', challengeFor(nginx, { type: 'DNS-01' })],
  ['with another token', challengeFor(nginx, { token: 'other' })],
])('a Challenge %s is not what its Order asks for', (_what, challenge) => {
  expect(listedIn(order, challenge, [nginx])).toBeUndefined()
})
