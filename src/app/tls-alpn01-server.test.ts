import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { Challenge } from '../crds/challenge.ts'
import { systemClock } from '../lib/clock.ts'
import type { Informer } from '../kube/lister.ts'
import { answeredChallenges } from '../solvers/tls-alpn01/answered-challenges.ts'
import { tlsAlpn01Answers } from '../solvers/tls-alpn01/answers.ts'
import { viewCertificate } from '../solvers/tls-alpn01/self-check.ts'
import { serverNameOf } from '../solvers/tls-alpn01/server-name.ts'
import type { RunningServer } from './http-servers.ts'
import { serveTlsAlpn01 } from './tls-alpn01-server.ts'

const keyOf = (token: string): string => `${token}.${'q'.repeat(43)}`
const challenge = (dnsName: string, uid: string, status: Challenge['status'] = {}, spec: Partial<Challenge['spec']> = {}): Challenge => ({
  apiVersion: 'acme.cert-manager.io/v1',
  kind: 'Challenge',
  metadata: {
    name: uid,
    uid,
    ownerReferences: [{ apiVersion: 'acme.cert-manager.io/v1', kind: 'Order', name: 'o', uid: 'o', controller: true }],
  },
  spec: {
    url: 'u',
    authorizationURL: 'a',
    dnsName,
    type: 'TLS-ALPN-01',
    token: uid,
    key: keyOf(uid),
    solver: {},
    issuerRef: { name: 'le' },
    ...spec,
  },
  status: { presented: true, presentedAt: '2026-01-01T00:00:00Z', ...status },
})

const cache: readonly Challenge[] = [
  challenge('a.example', 'second', { presentedAt: '2026-01-01T00:00:01Z' }),
  challenge('A.example', 'first'),
  challenge('a.example', 'waiting', { presented: false, presentedAt: '2025-01-01T00:00:00Z' }),
  challenge('127.0.0.1', 'v4'),
  challenge('2001:db8::1', 'v6'),
  challenge('forged.example', 'forged', {}, { key: '<script>' }),
  challenge('http.example', 'http', {}, { type: 'HTTP-01' }),
  challenge('early.example', 'early', { presented: false }),
]
const challenges: Informer<Challenge> = {
  get: () => undefined,
  list: () => cache,
  index: (valuesOf) => (value) => cache.filter((object) => valuesOf(object).includes(value)),
  onChange: () => () => {},
  isSynced: () => true,
}

let server: RunningServer
beforeAll(async () => {
  const answers = tlsAlpn01Answers({ answered: answeredChallenges({ challenges }), clock: systemClock })
  server = await serveTlsAlpn01({ kind: 'on', host: '127.0.0.1', port: 0 }, answers)
})
afterAll(() => server.close())

/** As our own look sees it, whose address is always that of the server. */
const look = (identifier: string, token: string) =>
  viewCertificate(
    { identifier, keyAuthorization: keyOf(token) },
    serverNameOf(identifier) ?? '',
    { resolve: () => Promise.resolve({ kind: 'known', addresses: ['127.0.0.1'] }), port: server.port ?? 0 },
    new AbortController().signal,
  )

test.each([
  ['a name, for the Challenge that was presented first', 'a.example', 'first'],
  ['an address, by its reverse name', '127.0.0.1', 'v4'],
])('the operator proves %s', async (_what, identifier, token) => {
  expect(await look(identifier, token)).toEqual({ kind: 'right' })
})

test.each([
  ['for another challenge of the name', 'a.example', 'second', 'it answers another challenge'],
  ['for a name without a challenge', 'b.example', 'first', 'refuses acme-tls/1'],
  ['for an HTTP-01 challenge', 'http.example', 'http', 'refuses acme-tls/1'],
  ['for a Challenge that is not presented', 'early.example', 'early', 'refuses acme-tls/1'],
  ['with a key that is no key authorization', 'forged.example', 'forged', 'refuses acme-tls/1'],
])('there is no proof %s', async (_what, identifier, token, why) => {
  const view = await look(identifier, token)
  expect(view).toMatchObject({ kind: 'wrong', why: expect.stringContaining(why) })
})

/** What becomes of a connection. */
function outcome(options: { readonly servername?: string; readonly ALPNProtocols?: string[] }): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: server.port ?? 0, rejectUnauthorized: false, ...options })
    let sent = ''
    socket.on('data', (bytes: Buffer) => (sent += bytes.toString()))
    socket.on('error', (error) => resolve('code' in error ? String(error.code) : 'failed'))
    socket.on('close', () => resolve(`closed after ${sent.length} bytes`))
  })
}

test('a connection ends with its handshake, without a byte', async () => {
  expect(await outcome({ servername: 'a.example', ALPNProtocols: ['acme-tls/1'] })).toBe('closed after 0 bytes')
})

test.each([
  ['another protocol', { servername: 'a.example', ALPNProtocols: ['h2', 'http/1.1'] }],
  ['no server name', { ALPNProtocols: ['acme-tls/1'] }],
])('a client with %s is refused', async (_what, options) => {
  expect(await outcome(options)).toMatch(/^ERR_SSL_/)
})

test('closing does not wait for clients that say nothing', async () => {
  const own = await serveTlsAlpn01({ kind: 'on', host: '127.0.0.1', port: 0 }, { answer: () => Promise.resolve(undefined) })
  const idle = connect({ host: '127.0.0.1', port: own.port ?? 0 })
  idle.on('error', () => {})
  await new Promise((resolve) => idle.on('connect', resolve))
  await own.close()
})
