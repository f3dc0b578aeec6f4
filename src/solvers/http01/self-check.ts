import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, isIPv6 } from 'node:net'

import { addressKind } from '../../lib/address-kind.ts'
import { SECOND } from '../../lib/instant.ts'
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

const ANSWER_WITHIN = 3 * SECOND
const MAX_REDIRECTS = 5
const MAX_ADDRESSES = 6
const MAX_BODY = 1_024

export type PageView =
  | { readonly kind: 'right' }
  /** The name has no address. */
  | { readonly kind: 'unresolved'; readonly why: string }
  /** We could not look: no resolver, or no address answered. */
  | { readonly kind: 'unseen'; readonly why: string }
  /** Something else stands there. */
  | { readonly kind: 'wrong'; readonly why: string }

/**
 * Looks at the page as the CA would, at each address that the name has. It is right when all of them give the answer: the CA picks
 * one. Says for each address what was wrong, but never what was served: the name decides which host is asked. Never throws.
 */
export async function viewPage(page: Page, options: SelfCheckOptions, signal: AbortSignal): Promise<PageView> {
  const addresses = await addressesOf(page.name, options, signal)
  return addresses.kind === 'some' ? viewPageAt(addresses.list, page, options, signal) : addresses
}

/** The same at given addresses, whatever the name resolves to. */
export async function viewPageAt(
  addresses: readonly string[],
  page: Page,
  options: SelfCheckOptions,
  signal: AbortSignal,
): Promise<PageView> {
  const asked = addresses.slice(0, MAX_ADDRESSES)
  const faults = await Promise.all(asked.map(async (address) => ({ address, fault: await faultAt(page, address, options, signal) })))
  const bad = faults.flatMap(({ address, fault }) => (fault === undefined ? [] : [{ address, ...fault }]))
  if (bad.length === 0) return { kind: 'right' }
  // Where something answered, the CA would be answered the same.
  const kind = bad.some((fault) => fault.kind === 'wrong') ? 'wrong' : 'unseen'
  return { kind, why: bad.map(({ address, why }) => `${address}: ${why}`).join('; ') }
}

interface Fault {
  readonly kind: 'unseen' | 'wrong'
  readonly why: string
}

type Addresses = { readonly kind: 'some'; readonly list: readonly string[] } | Extract<PageView, { kind: 'unresolved' | 'unseen' }>

async function addressesOf(name: string, { resolve }: SelfCheckOptions, signal: AbortSignal): Promise<Addresses> {
  if (isIP(name) !== 0) return { kind: 'some', list: [name] }
  const resolution = await resolve(name, signal)
  if (resolution.kind === 'unknown') return { kind: 'unseen', why: `the address of ${name} could not be looked up` }
  return resolution.addresses.length === 0
    ? { kind: 'unresolved', why: `${name} has no address` }
    : { kind: 'some', list: resolution.addresses.toSorted() }
}

/** What is wrong with the answer at one address; undefined: nothing. */
async function faultAt(page: Page, address: string, options: SelfCheckOptions, signal: AbortSignal): Promise<Fault | undefined> {
  const host = isIPv6(page.name) ? `[${page.name}]` : page.name
  let url = new URL(`http://${host}:${options.port}${page.path}`)
  let at = address
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    // No public page lives there, but the metadata services of clouds do.
    if (addressKind(at) === 'link-local') return wrong('link-local addresses are not asked')
    const answer = await get(url, at, options, signal)
    if (answer.kind === 'fault') return answer.fault
    if (answer.kind === 'page')
      return answer.body === page.expected ? undefined : wrong('the page holds another text than the answer to the challenge')

    const next = redirectTarget(answer.location, url)
    if (typeof next === 'string') return wrong(next)
    if (next.hostname !== url.hostname) {
      const target = await addressesOf(next.hostname.replace(/^\[|\]$/g, ''), options, signal)
      if (target.kind !== 'some') return wrong(`redirected, but ${target.why}`)
      at = target.list[0] ?? at
    }
    url = next
  }
  return wrong(`more than ${MAX_REDIRECTS} redirects`)
}

function wrong(why: string): Fault {
  return { kind: 'wrong', why }
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
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN)])
  const isTls = url.protocol === 'https:'
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
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
  })
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

/** In words that stay the same from one try to the next: the status is written when they change. */
function faultOf(error: unknown, deadline: AbortSignal): string {
  if (deadline.aborted) return `no answer within ${ANSWER_WITHIN / SECOND} s`
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return faults[code] ?? (code === '' ? 'the connection failed' : `the connection failed (${code})`)
}

const faults: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'connection timed out',
}
