import { inspect } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { OperatorError } from '../../lib/operator-error.ts'
import { startStandIn } from './http-stand-in.test-support.ts'
import type { StandIn, StandInAnswer } from './http-stand-in.test-support.ts'
import { createProviderHttp } from './provider-http.ts'

const signal = new AbortController().signal
const open: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()))
})

test('sends JSON with our name and the given headers', async () => {
  const server = await aServer({ status: 200, body: {} })
  const headers = { Authorization: 'Bearer t' }
  await aClient().send({ method: 'POST', url: `${server.url}/zones?name=example.com`, headers, body: { a: 1 } }, signal)
  expect(server.seen[0]).toMatchObject({
    method: 'POST',
    path: '/zones?name=example.com',
    body: { a: 1 },
    headers: { authorization: 'Bearer t', 'user-agent': 'certwright-test', 'content-type': 'application/json' },
  })
})

test('sends a text as it is, with the type that the headers name', async () => {
  const server = await aServer({ status: 200 })
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  await aClient().send({ method: 'POST', url: server.url, headers, body: 'grant_type=client_credentials' }, signal)
  expect(server.seen[0]).toMatchObject({
    body: 'grant_type=client_credentials',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
})

test.each<[title: string, answer: StandInAnswer, status: number, body: unknown]>([
  ['a success is a value', { status: 200, body: { result: [] } }, 200, { result: [] }],
  ['so is a refusal', { status: 403, body: { message: 'no' } }, 403, { message: 'no' }],
  ['a page instead of JSON is no body', { status: 502, body: '<html>' }, 502, undefined],
  ['no content is no body', { status: 204 }, 204, undefined],
  ['a redirect is not followed', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 302, undefined],
])('%s', async (_title, answer, status, body) => {
  const server = await aServer(answer)
  const response = await aClient().send({ method: 'GET', url: server.url }, signal)
  expect({ status: response.status, body: response.body }).toEqual({ status, body })
})

test('headers of the answer can be asked for in any case', async () => {
  const server = await aServer({ status: 429, headers: { 'Retry-After': '7' } })
  const response = await aClient().send({ method: 'GET', url: server.url }, signal)
  expect([response.header('Retry-After'), response.header('retry-after'), response.header('x-none')]).toEqual(['7', '7', undefined])
})

test('an answer without end is cut off', async () => {
  const server = await aServer({ status: 200, body: 'x'.repeat(2 ** 20 + 1) })
  await expect(aClient().send({ method: 'GET', url: server.url }, signal)).rejects.toMatchObject({ code: 'dns01/protocol' })
})

test('a server that is not there is told by its host, without path, query or headers', async () => {
  const sent = aClient().send(
    { method: 'GET', url: 'https://127.0.0.1:1/path?token=secret', headers: { authorization: 'Bearer secret' } },
    signal,
  )
  const error = await sent.catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: 'dns01/unreachable',
    message: '127.0.0.1:1 cannot be reached, or the connection broke (ECONNREFUSED)',
    retry: { kind: 'backoff' },
  })
  expect(inspect(error)).not.toContain('secret')
})

test('a server without a trusted certificate is told apart', async () => {
  const server = await aServer({ status: 200 })
  const sent = aClient().send({ method: 'GET', url: server.url.replace('http:', 'https:') }, signal)
  await expect(sent).rejects.toMatchObject({ code: 'dns01/tls' })
})

test('a credential with a line break is refused without being shown', async () => {
  const server = await aServer({ status: 200 })
  const error = await aClient()
    .send({ method: 'GET', url: server.url, headers: { authorization: 'Bearer sec\nret' } }, signal)
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(OperatorError)
  expect(error).toHaveProperty('code', 'dns01/credentials')
  expect(inspect(error)).not.toMatch(/sec.{0,4}ret/)
  expect(server.seen).toEqual([])
})

test.each(['no URL at all', 'file:///etc/passwd', 'ftp://example.com/'])('%s is no address of a provider', async (url) => {
  await expect(aClient().send({ method: 'GET', url }, signal)).rejects.toMatchObject({ code: 'dns01/configuration' })
})

test('a server that is silent for too long is left', async () => {
  const server = await aServer({ status: 200, silent: true })
  const client = aClient({ connect: 1_000, silence: 50, whole: 100 })
  await expect(client.send({ method: 'GET', url: server.url }, signal)).rejects.toMatchObject({ code: 'dns01/timeout' })
})

test('aborting ends the exchange with its reason', async () => {
  const server = await aServer({ status: 200, silent: true })
  const stop = new AbortController()
  const sent = aClient().send({ method: 'GET', url: server.url }, stop.signal)
  stop.abort(new Error('the lease is lost'))
  await expect(sent).rejects.toThrow('the lease is lost')
})

async function aServer(answer: StandInAnswer): Promise<StandIn> {
  const server = await startStandIn(() => answer)
  open.push(server.close)
  return server
}

function aClient(timeouts = { connect: 5_000, silence: 5_000, whole: 5_000 }): ReturnType<typeof createProviderHttp> {
  const client = createProviderHttp({ userAgent: 'certwright-test', timeouts })
  open.push(client.close)
  return client
}
