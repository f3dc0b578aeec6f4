import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, isIPv6 } from 'node:net'

import { deadlineOf } from '../../lib/deadline.ts'
import type { Fault, View } from '../view.ts'
import { addressesOf, ANSWER_WITHIN, faultOf, isLinkLocal, refused, viewAddresses, viewName, wrong } from '../view.ts'
import type { Resolve } from './resolver.ts'

export interface SelfCheckOptions {
  readonly resolve: Resolve
  readonly userAgent: string
  /** Where the CA connects to; 80 everywhere but in tests (RFC 8555 §8.3). */
  readonly port: number
}

export interface Page {
  /** A DNS name or an IP address. */
  readonly name: string
  readonly path: string
  readonly expected: string
}

const MAX_REDIRECTS = 5
const MAX_BODY = 1_024

/**
 * Looks at the page as the CA would. Says for each address what was wrong, but never what was served: the name decides which host is
 * asked. Never throws.
 */
export function viewPage(page: Page, options: SelfCheckOptions, signal: AbortSignal): Promise<View> {
  return viewName(page.name, options.resolve, (address) => faultAt(page, address, options, signal), signal)
}

/** The same at given addresses, whatever the name resolves to. */
export function viewPageAt(addresses: readonly string[], page: Page, options: SelfCheckOptions, signal: AbortSignal): Promise<View> {
  return viewAddresses(addresses, (address) => faultAt(page, address, options, signal))
}

/** What is wrong with the answer at one address; undefined: nothing. */
async function faultAt(page: Page, address: string, options: SelfCheckOptions, signal: AbortSignal): Promise<Fault | undefined> {
  const host = isIPv6(page.name) ? `[${page.name}]` : page.name
  let url = new URL(`http://${host}:${options.port}${page.path}`)
  let at = address
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    if (isLinkLocal(at)) return refused
    const answer = await get(url, at, options, signal)
    if (answer.kind === 'fault') return answer.fault
    if (answer.kind === 'page')
      return answer.body === page.expected ? undefined : wrong('the page holds another text than the answer to the challenge')

    const next = redirectTarget(answer.location, url)
    if (typeof next === 'string') return wrong(next)
    if (next.hostname !== url.hostname) {
      const target = await addressesOf(next.hostname.replace(/^\[|\]$/g, ''), options.resolve, signal)
      if (target.kind !== 'some') return wrong(`redirected, but ${target.why}`)
      at = target.list[0] ?? at
    }
    url = next
  }
  return wrong(`more than ${MAX_REDIRECTS} redirects`)
}

/** CAs follow redirects to the standard ports only; a redirect elsewhere would fail there, and make the operator a port scanner here. */
function redirectTarget(location: string | undefined, from: URL): URL | string {
  if (location === undefined || !URL.canParse(location, from.href)) return 'a redirect without a usable Location'
  const url = new URL(location, from.href)
  const isPlain = url.protocol === 'http:' && (url.port === '' || url.port === from.port)
  if (!isPlain && !(url.protocol === 'https:' && url.port === '')) return 'a redirect to a scheme or port that no CA follows'
  return url
}

type Answer =
  | { readonly kind: 'page'; readonly body: string }
  | { readonly kind: 'redirect'; readonly location: string | undefined }
  | { readonly kind: 'fault'; readonly fault: Fault }

function get(url: URL, address: string, { userAgent }: SelfCheckOptions, signal: AbortSignal): Promise<Answer> {
  const { signal: deadline, end } = deadlineOf(signal, ANSWER_WITHIN)
  const isTls = url.protocol === 'https:'
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise<Answer>((resolve) => {
    const settle = (why: string): void => resolve({ kind: 'fault', fault: { kind: 'unseen', why } })
    const options = {
      host: address,
      port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, 'user-agent': userAgent },
      agent: false,
      signal: deadline,
      maxHeaderSize: 16 * 1_024,
    }
    // The certificate is what we are about to get, so it is not checked; no CA checks it here either.
    const tls = { rejectUnauthorized: false, ...(isIP(hostname) === 0 ? { servername: hostname } : {}) }
    const request = isTls ? httpsRequest({ ...options, ...tls }) : httpRequest(options)
    request.on('error', (error) => settle(faultOf(error, deadline)))
    request.on('response', (response) => {
      response.on('error', (error) => settle(faultOf(error, deadline)))
      read(response).then(resolve, (error: unknown) => settle(faultOf(error, deadline)))
    })
    request.end()
  }).finally(end)
}

async function read(response: IncomingMessage): Promise<Answer> {
  const status = response.statusCode ?? 0
  if (status !== 200) response.destroy()
  if ([301, 302, 303, 307, 308].includes(status)) return { kind: 'redirect', location: response.headers.location }
  if (status !== 200) return { kind: 'fault', fault: wrong(`status ${status}`) }
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) {
    body += String(chunk)
    if (body.length > MAX_BODY) break
  }
  // RFC 8555 §8.3: the server should ignore whitespace at the end of the body.
  return { kind: 'page', body: body.trimEnd() }
}
