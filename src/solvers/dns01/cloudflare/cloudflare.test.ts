import { inspect } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import type { Cloudflare } from '../../../crds/dns01-solver.ts'
import type { DnsProvider } from '../dns-provider.ts'
import { startStandIn } from '../http-stand-in.test-support.ts'
import type { SeenRequest, StandIn, StandInAnswer } from '../http-stand-in.test-support.ts'
import { anAccess } from '../provider-access.test-support.ts'
import { openCloudflare } from './cloudflare.ts'

// Shapes from the API reference of Cloudflare, version 4.
const { signal } = new AbortController()
const name = '_acme-challenge.example.com'
const record = { name, zone: 'example.com', value: 'ours', dnsName: 'example.com' }
const sibling = { ...record, value: 'of-wildcard' }
const withToken: Cloudflare = { apiTokenSecretRef: { name: 'cf', key: 'token' } }
const withKey: Cloudflare = { email: 'ops@example.com', apiKeySecretRef: { name: 'cf', key: 'key' } }
const secrets = { 'cf/token': 'the-token\n', 'cf/key': 'the-key' }

let server: StandIn | undefined

afterEach(async () => {
  await server?.close()
})

test('two values of one name stand beside each other, each call may be repeated, and each value is withdrawn alone', async () => {
  const zone = aZone()
  const provider = await opened(withToken, zone.answer)
  await provider.publish(record, signal)
  await provider.publish(sibling, signal)
  await provider.publish(record, signal)
  expect(zone.contents()).toEqual(['"ours"', '"of-wildcard"'])
  await provider.withdraw(record, signal)
  await provider.withdraw(record, signal)
  expect(zone.contents()).toEqual(['"of-wildcard"'])
})

test('asks what the API documents', async () => {
  await (await opened(withToken, aZone().answer)).publish(record, signal)
  expect(server?.asked()).toEqual([
    'GET /client/v4/zones?name=example.com',
    `GET /client/v4/zones/z1/dns_records?type=TXT&name=${name}&per_page=100&page=1`,
    'POST /client/v4/zones/z1/dns_records',
  ])
  expect(server?.seen[2]?.body).toEqual({ type: 'TXT', name, content: '"ours"', ttl: 60 })
})

test('a token is sent as one, white space around it or not', async () => {
  await (await opened(withToken, aZone().answer)).withdraw(record, signal)
  expect(server?.seen[0]?.headers).toMatchObject({ authorization: 'Bearer the-token' })
})

test('a key is sent with the email of its account', async () => {
  await (await opened(withKey, aZone().answer)).withdraw(record, signal)
  expect(server?.seen[0]?.headers).toMatchObject({ 'x-auth-email': 'ops@example.com', 'x-auth-key': 'the-key' })
  expect(server?.seen[0]?.headers).not.toHaveProperty('authorization')
})

test('a record without quotes, as cert-manager made it, is ours too', async () => {
  const zone = aZone(['ours'])
  await (await opened(withToken, zone.answer)).withdraw(record, signal)
  expect(zone.contents()).toEqual([])
})

test('the zone is looked for above the name where DNS names one that Cloudflare does not have', async () => {
  const provider = await opened(withToken, aZone().answer)
  await provider.withdraw({ ...record, name: '_acme-challenge.a.example.com', zone: 'a.example.com' }, signal)
  expect(server?.asked().slice(0, 3)).toEqual([
    'GET /client/v4/zones?name=a.example.com',
    'GET /client/v4/zones?name=_acme-challenge.a.example.com',
    'GET /client/v4/zones?name=example.com',
  ])
})

test('of two zones of one name the active one is taken', async () => {
  const zones = [
    { id: 'pending', name: 'example.com', status: 'pending' },
    { id: 'active', name: 'example.com', status: 'active' },
  ]
  const provider = await opened(withToken, ({ path }) => ok(path.includes('/dns_records') ? [] : zones))
  await provider.withdraw(record, signal)
  expect(server?.asked()[1]).toContain('/zones/active/')
})

test('all pages are read', async () => {
  const provider = await opened(withToken, ({ method, path }) => {
    if (!path.includes('/dns_records')) return ok([{ id: 'z1', name: 'example.com', status: 'active' }])
    if (method === 'DELETE') return ok({})
    const page = Number(/&page=(\d+)/.exec(path)?.[1])
    const content = page === 2 ? '"ours"' : '"theirs"'
    return ok([{ id: `r${page}`, type: 'TXT', name, content }], { page, per_page: 100, count: 1, total_count: 2, total_pages: 2 })
  })
  await provider.withdraw(record, signal)
  expect(server?.asked().at(-1)).toBe('DELETE /client/v4/zones/z1/dns_records/r2')
})

test('a record that somebody else has just made or deleted is as wanted', async () => {
  const identical = errorsOf(400, { code: 81_058, message: 'An identical record already exists.' })
  const gone = errorsOf(404, { code: 81_044, message: 'Record does not exist.' })
  const zone = aZone()
  const provider = await opened(withToken, (request) => (request.method === 'POST' ? identical : zone.answer(request)))
  await provider.publish(record, signal)
  await server?.close()
  const full = aZone(['"ours"'])
  const other = await opened(withToken, (request) => (request.method === 'DELETE' ? gone : full.answer(request)))
  await other.withdraw(record, signal)
})

test('no zone is told with what was looked for and what the token needs', async () => {
  const provider = await opened(withToken, () => ok([]))
  await expect(provider.publish(record, signal)).rejects.toMatchObject({
    code: 'dns01/notFound',
    message: expect.stringMatching(/^Cloudflare has no zone for _acme-challenge\.example\.com .*looked for example\.com, .*Zone:Read/),
  })
})

test.each<[title: string, answer: StandInAnswer, code: string, message: RegExp]>([
  [
    'a token with a typo',
    errorsOf(400, { code: 6003, message: 'Invalid request headers', error_chain: [{ code: 6111, message: 'Invalid format' }] }),
    'dns01/refused',
    /: 6003 Invalid request headers: Invalid format$/,
  ],
  [
    'a token that was revoked',
    errorsOf(401, { code: 1000, message: 'Invalid API Token' }),
    'dns01/credentials',
    /: 1000 Invalid API Token$/,
  ],
  ['a token for another zone', errorsOf(403, { code: 10_000, message: 'Authentication error' }), 'dns01/credentials', /HTTP 403.*10000/],
  ['too many requests', { ...errorsOf(429, { code: 971, message: 'slow down' }), headers: {} }, 'dns01/rateLimited', /971 slow down$/],
  [
    'a fault of the server',
    { status: 503, body: '<html>' },
    'dns01/unavailable',
    /^Cloudflare did not list the zones named example\.com: HTTP 503/,
  ],
  ['success that is none', { status: 200, body: { success: false, errors: [{ code: 1, message: 'no' }] } }, 'dns01/refused', /1 no$/],
  ['a page in place of an answer', { status: 200, body: '<html>Welcome' }, 'dns01/protocol', /not what its API documents$/],
  ['a result that is no list', ok('zones'), 'dns01/protocol', /not what its API documents$/],
  ['errors in a shape of their own', { status: 400, body: { errors: 'many' } }, 'dns01/refused', /the request was refused$/],
])('%s is told', async (_title, answer, code, message) => {
  const error = await (await opened(withToken, () => answer)).publish(record, signal).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  expect(inspect(error)).not.toContain('the-token')
})

test.each<[title: string, config: Cloudflare]>([
  ['no credentials', {}],
  ['both kinds', { ...withToken, ...withKey }],
  ['a key without email', { apiKeySecretRef: { name: 'cf', key: 'key' } }],
])('%s is told before anything is sent', async (_title, config) => {
  await expect(opened(config, () => ok([]))).rejects.toMatchObject({ code: 'dns01/configuration' })
  expect(server?.seen).toEqual([])
})

async function opened(config: Cloudflare, answer: (request: SeenRequest) => StandInAnswer): Promise<DnsProvider> {
  server = await startStandIn(answer)
  return openCloudflare(config, anAccess(server.http, { secrets }), signal)
}

/** The zone example.com, with TXT records of one name. */
function aZone(contents: readonly string[] = []): { answer: (request: SeenRequest) => StandInAnswer; contents: () => readonly string[] } {
  let records = contents.map((content, at) => ({ id: `given${at}`, type: 'TXT', name, content }))
  const answer = ({ method, path, body }: SeenRequest): StandInAnswer => {
    if (path.startsWith('/client/v4/zones?')) {
      return ok(path.endsWith('name=example.com') ? [{ id: 'z1', name: 'example.com', status: 'active' }] : [])
    }
    if (method === 'POST') records.push({ ...(body as (typeof records)[number]), id: `made${records.length}` })
    if (method === 'DELETE') records = records.filter(({ id }) => !path.endsWith(`/${id}`))
    return ok(method === 'GET' ? records : {}, { page: 1, per_page: 100, count: records.length, total_pages: 1 })
  }
  return { answer, contents: () => records.map(({ content }) => content) }
}

function ok(result: unknown, info?: object): StandInAnswer {
  return { status: 200, body: { success: true, errors: [], messages: [], result, ...(info === undefined ? {} : { result_info: info }) } }
}

function errorsOf(status: number, ...errors: readonly object[]): StandInAnswer {
  return { status, body: { success: false, errors, messages: [], result: null } }
}
