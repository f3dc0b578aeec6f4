import { inspect } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import type { DnsProvider } from '../dns-provider.ts'
import { startStandIn } from '../http-stand-in.test-support.ts'
import type { SeenRequest, StandIn, StandInAnswer } from '../http-stand-in.test-support.ts'
import { anAccess } from '../provider-access.test-support.ts'
import { openAkamai } from './akamai.ts'

// Shapes from the reference of the Edge DNS Zone Management API, version 2.
const { signal } = new AbortController()
const name = '_acme-challenge.example.com'
const record = { name, zone: 'example.com', value: 'ours', dnsName: 'example.com' }
const sibling = { ...record, value: 'of-wildcard' }
const host = 'akab-test.luna.akamaiapis.net'
const path = `/config-dns/v2/zones/example.com/names/${name}/types/TXT`
const secrets = { 'akamai/client-token': 'ct', 'akamai/client-secret': 'cs-secret\n', 'akamai/access-token': 'at' }

let server: StandIn | undefined

afterEach(async () => {
  await server?.close()
})

test('a record set is created, grown, shrunk and deleted', async () => {
  const set = aRecordSet()
  const provider = await opened(set.answer)
  await provider.publish(record, signal)
  await provider.publish(sibling, signal)
  expect(set.values()).toEqual(['"ours"', '"of-wildcard"'])
  await provider.withdraw(record, signal)
  expect(set.values()).toEqual(['"of-wildcard"'])
  await provider.withdraw(sibling, signal)
  expect(set.values()).toBeUndefined()
  expect(server?.asked().filter((line) => !line.startsWith('GET'))).toEqual(
    ['POST', 'PUT', 'PUT', 'DELETE'].map((method) => `${method} ${path}`),
  )
})

test('both calls may be repeated, and write once', async () => {
  const set = aRecordSet(['"ours"'])
  const provider = await opened(set.answer)
  await provider.publish(record, signal)
  await provider.withdraw(record, signal)
  await provider.withdraw(record, signal)
  expect(server?.asked().map((line) => line.split(' ')[0])).toEqual(['GET', 'GET', 'DELETE', 'GET'])
})

test('sends what the API documents, signed', async () => {
  await (await opened(aRecordSet().answer)).publish(record, signal)
  expect(server?.seen[1]?.body).toEqual({ name, type: 'TXT', ttl: 300, rdata: ['"ours"'] })
  expect(server?.seen[1]?.headers).toMatchObject({
    'content-type': 'application/json',
    authorization: expect.stringMatching(
      /^EG1-HMAC-SHA256 client_token=ct;access_token=at;timestamp=\d{8}T[\d:]{8}\+0000;nonce=[-\w]+;signature=.{44}$/,
    ),
  })
})

test.each<[title: string, answer: StandInAnswer, code: string, message: RegExp]>([
  [
    'a wrong signature',
    problem(401, 'Not authorized', 'Signature does not match'),
    'dns01/credentials',
    /: Not authorized: Signature does not match$/,
  ],
  ['no permission', problem(403, 'Forbidden', 'The user may not edit this zone'), 'dns01/credentials', /may not edit this zone$/],
  ['too many requests', problem(429, 'Too many requests', ''), 'dns01/rateLimited', /Too many requests$/],
  ['a fault of the server', { status: 500, body: '<html>' }, 'dns01/unavailable', /HTTP 500, a fault of the server$/],
  ['a page in place of an answer', { status: 200, body: 'Welcome' }, 'dns01/protocol', /not what its API documents$/],
])('%s is told', async (_title, answer, code, message) => {
  const error = await (await opened(() => answer)).publish(record, signal).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  expect(inspect(error)).not.toContain('cs-secret')
})

test('a zone that Akamai does not have is told by the write', async () => {
  const provider = await opened(() => problem(404, 'Not Found', 'zone example.com does not exist'))
  await expect(provider.publish(record, signal)).rejects.toMatchObject({
    code: 'dns01/notFound',
    message: expect.stringMatching(/does not exist$/),
  })
})

test('what another server than one of Akamai says is not shown', async () => {
  const provider = await opened(() => problem(403, 'a title of theirs', 'a page that only the operator can see'), 'inside.example.test')
  const error = await provider.publish(record, signal).catch((thrown: unknown) => thrown)
  expect(inspect(error)).not.toMatch(/of theirs|only the operator/)
})

test.each([
  'https://akab-test.luna.akamaiapis.net',
  'user@akab-test.luna.akamaiapis.net',
  'akab-test.luna.akamaiapis.net/x',
  'localhost',
  '',
])('%j is no host of the API', async (domain) => {
  await expect(opened(() => ({ status: 200 }), domain)).rejects.toMatchObject({ code: 'dns01/configuration' })
  expect(server?.seen).toEqual([])
})

async function opened(answer: (request: SeenRequest) => StandInAnswer, serviceConsumerDomain = host): Promise<DnsProvider> {
  server = await startStandIn(answer)
  const ref = (key: string): { name: string; key: string } => ({ name: 'akamai', key })
  const config = {
    serviceConsumerDomain,
    clientTokenSecretRef: ref('client-token'),
    clientSecretSecretRef: ref('client-secret'),
    accessTokenSecretRef: ref('access-token'),
  }
  return openAkamai(config, anAccess(server.http, { secrets }), signal)
}

function aRecordSet(given?: readonly string[]): {
  answer: (request: SeenRequest) => StandInAnswer
  values: () => readonly string[] | undefined
} {
  let values = given
  const answer = ({ method, body }: SeenRequest): StandInAnswer => {
    if (method === 'DELETE') values = undefined
    if (method === 'DELETE') return { status: 204 }
    if (method === 'GET')
      return values === undefined ? problem(404, 'Not Found', 'no such record set') : { status: 200, body: bodyOf(values) }
    values = (body as { rdata: readonly string[] }).rdata
    return { status: method === 'POST' ? 201 : 200, body: bodyOf(values) }
  }
  return { answer, values: () => values }
}

function bodyOf(rdata: readonly string[]): object {
  return { name, type: 'TXT', ttl: 300, rdata }
}

function problem(status: number, title: string, detail: string): StandInAnswer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: { type: 'https://problems.luna.akamaiapis.net/x', title, status, detail },
  }
}
