import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'

import { afterEach, expect, test } from 'vitest'

import { viewPage } from './self-check.ts'
import type { SelfCheckOptions } from './self-check.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

const PAGE = { name: 'a.example', path: '/.well-known/acme-challenge/tok', expected: 'tok.thumbprint' }

/** A real web server on 127.0.0.1; what it was asked is kept. */
async function site(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ readonly port: number; readonly asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.headers.host ?? ''}${request.url ?? ''}`)
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { port: typeof address === 'object' && address !== null ? address.port : 0, asked }
}

const optionsFor = (
  port: number,
  addresses: Readonly<Record<string, readonly string[]>> = { 'a.example': ['127.0.0.1'] },
): SelfCheckOptions => ({
  resolve: async (name) => ({ kind: 'known', addresses: addresses[name] ?? [] }),
  userAgent: 'certwright-test',
  port,
})
const never = new AbortController().signal

test('passes when the page holds the answer, whitespace at the end aside', async () => {
  const { port, asked } = await site((_request, response) => response.end('tok.thumbprint\n'))
  expect(await viewPage(PAGE, optionsFor(port), never)).toEqual({ kind: 'right' })
  expect(asked).toEqual([`a.example:${port}/.well-known/acme-challenge/tok`])
})

test('asks an IP identifier without resolving it, with the address as host', async () => {
  const { port, asked } = await site((_request, response) => response.end('tok.thumbprint'))
  expect(await viewPage({ ...PAGE, name: '127.0.0.1' }, optionsFor(port, {}), never)).toEqual({ kind: 'right' })
  expect(asked).toEqual([`127.0.0.1:${port}/.well-known/acme-challenge/tok`])
})

test.each<[what: string, answer: (request: IncomingMessage, response: ServerResponse) => void, why: string, kind?: 'unseen']>([
  ['a 404', (_request, response) => void response.writeHead(404).end('secret'), '127.0.0.1: status 404'],
  [
    'another text',
    (_request, response) => void response.end('secret'),
    '127.0.0.1: the page holds another text than the answer to the challenge',
  ],
  [
    'an endless text',
    (_request, response) => {
      const pour = (): void => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', pour)
      }
      pour()
    },
    '127.0.0.1: the page holds another text than the answer to the challenge',
  ],
  ['a reset', (request) => request.socket.resetAndDestroy(), '127.0.0.1: connection reset', 'unseen'],
  [
    'a redirect to another port',
    (_request, response) => void response.writeHead(302, { location: 'http://a.example:9999/' }).end(),
    '127.0.0.1: a redirect to a scheme or port that no CA follows',
  ],
  [
    'a redirect to a file',
    (_request, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    '127.0.0.1: a redirect to a scheme or port that no CA follows',
  ],
  ['a redirect to nowhere', (_request, response) => void response.writeHead(302).end(), '127.0.0.1: a redirect without a usable Location'],
  ['a loop', (request, response) => void response.writeHead(302, { location: request.url }).end(), '127.0.0.1: more than 5 redirects'],
  [
    'a redirect to a name without address',
    (request, response) => void response.writeHead(302, { location: `http://b.example:${request.socket.localPort}/` }).end(),
    '127.0.0.1: redirected, but b.example has no address',
  ],
])('says what is wrong but not what was served: %s', async (_what, answer, why, kind?: 'unseen') => {
  const { port } = await site(answer)
  expect(await viewPage(PAGE, optionsFor(port), never)).toEqual({ kind: kind ?? 'wrong', why })
})

test('follows a redirect on the same port', async () => {
  const { port } = await site((request, response) => {
    if (request.url === '/moved') response.end('tok.thumbprint')
    else response.writeHead(301, { location: '/moved' }).end()
  })
  expect(await viewPage(PAGE, optionsFor(port), never)).toEqual({ kind: 'right' })
})

test('fails when one of two addresses does not answer, and names it', async () => {
  const { port } = await site((_request, response) => response.end('tok.thumbprint'))
  expect(await viewPage(PAGE, optionsFor(port, { 'a.example': ['127.0.0.1', '127.0.0.2'] }), never)).toEqual({
    kind: 'unseen',
    why: '127.0.0.2: connection refused',
  })
})

test('tells a name without address apart', async () => {
  expect(await viewPage(PAGE, optionsFor(80, {}), never)).toEqual({ kind: 'unresolved', why: 'a.example has no address' })
})

test('one address that nobody reaches does not outweigh one that answers otherwise', async () => {
  const { port } = await site((_request, response) => void response.writeHead(404).end())
  expect(await viewPage(PAGE, optionsFor(port, { 'a.example': ['127.0.0.1', '127.0.0.2'] }), never)).toMatchObject({
    kind: 'wrong',
    why: '127.0.0.1: status 404; 127.0.0.2: connection refused',
  })
})

test('says so when nobody can be asked for the address', async () => {
  const options: SelfCheckOptions = { ...optionsFor(80), resolve: async () => ({ kind: 'unknown' }) }
  expect(await viewPage(PAGE, options, never)).toEqual({ kind: 'unseen', why: 'the address of a.example could not be looked up' })
})

test.each(['169.254.169.254', '::ffff:169.254.169.254', 'fe80::1'])(
  'never asks the link-local address %s, where clouds keep their metadata',
  async (address) => {
    expect(await viewPage(PAGE, optionsFor(80, { 'a.example': [address] }), never)).toMatchObject({
      why: `${address}: link-local addresses are not asked`,
    })
  },
)

test('ends when it is told to', async () => {
  const { port } = await site(() => {})
  const stop = new AbortController()
  const check = viewPage(PAGE, optionsFor(port), stop.signal)
  stop.abort()
  expect(await check).toMatchObject({ kind: 'unseen' })
})
