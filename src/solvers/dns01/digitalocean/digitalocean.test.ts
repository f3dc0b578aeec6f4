import { inspect } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import type { DnsProvider } from '../dns-provider.ts'
import { startStandIn } from '../http-stand-in.test-support.ts'
import type { SeenRequest, StandIn, StandInAnswer } from '../http-stand-in.test-support.ts'
import { anAccess } from '../provider-access.test-support.ts'
import { openDigitalOcean } from './digitalocean.ts'

// Shapes from the API reference of DigitalOcean, version 2.
const { signal } = new AbortController()
const name = '_acme-challenge.example.com'
const record = { name, zone: 'example.com', value: 'ours', dnsName: 'example.com' }
const notFound = { status: 404, body: { id: 'not_found', message: 'The resource you were accessing could not be found.' } }

let server: StandIn | undefined

afterEach(async () => {
  await server?.close()
})

test('two values of one name stand beside each other, each call may be repeated, and each value is withdrawn alone', async () => {
  const domain = aDomain()
  const provider = await opened(domain.answer)
  await provider.publish(record, signal)
  await provider.publish({ ...record, value: 'of-wildcard' }, signal)
  await provider.publish(record, signal)
  expect(domain.values()).toEqual(['ours', 'of-wildcard'])
  await provider.withdraw(record, signal)
  await provider.withdraw(record, signal)
  expect(domain.values()).toEqual(['of-wildcard'])
})

test('asks what the API documents', async () => {
  await (await opened(aDomain().answer)).publish(record, signal)
  expect(server?.asked()).toEqual([
    `GET /v2/domains/example.com/records?type=TXT&name=${name}&per_page=200&page=1`,
    'POST /v2/domains/example.com/records',
  ])
  expect(server?.seen[1]?.body).toEqual({ type: 'TXT', name: `${name}.`, data: 'ours', ttl: 60 })
  expect(server?.seen[1]?.headers).toMatchObject({ authorization: 'Bearer the-token' })
})

test('all pages are read', async () => {
  const provider = await opened(({ method, path }) => {
    if (method === 'DELETE') return { status: 204 }
    const isLast = path.endsWith('&page=2')
    const pages = isLast ? { first: 'https://…', prev: 'https://…' } : { next: 'https://api.digitalocean.com/v2/…', last: 'https://…' }
    const one = { id: isLast ? 2 : 1, type: 'TXT', name: '_acme-challenge', data: isLast ? 'ours' : 'theirs', ttl: 60 }
    return { status: 200, body: { domain_records: [one], links: { pages }, meta: { total: 2 } } }
  })
  await provider.withdraw(record, signal)
  expect(server?.asked().at(-1)).toBe('DELETE /v2/domains/example.com/records/2')
})

test('the domain is looked for above the name where DNS names one that DigitalOcean does not have', async () => {
  const domain = aDomain()
  await (await opened(domain.answer)).publish({ ...record, name: '_acme-challenge.a.example.com', zone: 'a.example.com' }, signal)
  expect(server?.asked().at(-1)).toBe('POST /v2/domains/example.com/records')
})

test('no domain is told with what was looked for', async () => {
  const provider = await opened(() => notFound)
  await expect(provider.publish(record, signal)).rejects.toMatchObject({
    code: 'dns01/notFound',
    message: expect.stringMatching(/^DigitalOcean has no domain for .*looked for example\.com, _acme-challenge\.example\.com$/),
  })
})

test('a record that somebody else has just deleted is withdrawn', async () => {
  const domain = aDomain(['ours'])
  const provider = await opened((request) => (request.method === 'DELETE' ? notFound : domain.answer(request)))
  await expect(provider.withdraw(record, signal)).resolves.toBeUndefined()
})

test.each<[title: string, answer: StandInAnswer, code: string, message: RegExp]>([
  [
    'a wrong token',
    answerOf(401, 'Unauthorized', 'Unable to authenticate you'),
    'dns01/credentials',
    /: Unauthorized Unable to authenticate you$/,
  ],
  ['a token that may only read', answerOf(403, 'forbidden', 'You are not authorized'), 'dns01/credentials', /HTTP 403.*forbidden/],
  ['too many requests', answerOf(429, 'too_many_requests', 'API Rate limit exceeded.'), 'dns01/rateLimited', /API Rate limit exceeded\.$/],
  ['a fault of the server', answerOf(500, 'server_error', 'Unexpected server-side error'), 'dns01/unavailable', /server_error/],
  ['a page of a proxy', { status: 502, body: '<html>' }, 'dns01/unavailable', /HTTP 502, a fault of the server$/],
  ['a page in place of an answer', { status: 200, body: 'Welcome' }, 'dns01/protocol', /not what its API documents$/],
])('%s is told', async (_title, answer, code, message) => {
  const error = await (await opened(() => answer)).publish(record, signal).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  expect(inspect(error)).not.toContain('the-token')
})

async function opened(answer: (request: SeenRequest) => StandInAnswer): Promise<DnsProvider> {
  server = await startStandIn(answer)
  const access = anAccess(server.http, { secrets: { 'do/token': 'the-token\n' } })
  return openDigitalOcean({ tokenSecretRef: { name: 'do', key: 'token' } }, access, signal)
}

/** The domain example.com, with TXT records of one name. */
function aDomain(values: readonly string[] = []): { answer: (request: SeenRequest) => StandInAnswer; values: () => readonly string[] } {
  let records = values.map((data, id) => ({ id, type: 'TXT', name: '_acme-challenge', data, ttl: 60 }))
  const answer = ({ method, path, body }: SeenRequest): StandInAnswer => {
    if (!path.startsWith('/v2/domains/example.com/records')) return notFound
    if (method === 'DELETE') records = records.filter(({ id }) => !path.endsWith(`/${id}`))
    if (method === 'DELETE') return { status: 204 }
    if (method === 'GET') return { status: 200, body: { domain_records: records, links: {}, meta: { total: records.length } } }
    const one = { ...(body as (typeof records)[number]), id: 100 + records.length }
    records.push(one)
    return { status: 201, body: { domain_record: one } }
  }
  return { answer, values: () => records.map(({ data }) => data) }
}

function answerOf(status: number, id: string, message: string): StandInAnswer {
  return { status, body: { id, message } }
}
