import { request as send } from 'undici'
import type { Dispatcher } from 'undici'
import type { KubeObject, Resource } from '../crds/resource.ts'
import { plus } from '../lib/instant.ts'
import type { Clock } from '../lib/clock.ts'
import { OperatorError } from '../lib/operator-error.ts'
import type { ClusterAccess } from './config.ts'
import { connectionsTo } from './dispatcher.ts'
import { inFlightLimit } from './in-flight-limit.ts'
import { refusedBy, unanswered } from './kube-api-error.ts'
import { pause } from './pause.ts'
import { resourcePath } from './resource-path.ts'
import type { PathOptions } from './resource-path.ts'
import { retryAfter } from './retry-after.ts'
import { parseStatus } from './status.ts'

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'apply' | 'patch' | 'delete'

/** One request about one kind. */
export interface KubeRequest extends PathOptions {
  readonly verb: Verb
  readonly resource: Resource<KubeObject>
  readonly query?: Readonly<Record<string, string | undefined>>
  /** Sent as JSON. */
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
  /** Passes the limit of requests in flight; for the Lease, which must not queue behind others. */
  readonly isUrgent?: boolean
  /** How long one try may take, in milliseconds, where the usual deadline is too short. */
  readonly deadlineMs?: number
  /** The resource for metrics, where its own name is a user's word: users could make any number of series. */
  readonly countedAs?: string
}

/** Speaks HTTP with one API server. Rejects with `KubeApiError`, or with the signal's reason when aborted. */
export interface Transport {
  /** A request with one JSON answer. */
  readonly request: (request: KubeRequest, signal: AbortSignal) => Promise<unknown>
  /** A request with an endless answer (a watch). It fails when nothing is read for `idleMs`. */
  readonly stream: (request: KubeRequest, options: { readonly idleMs: number }, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>
  /** Unary requests under way, for work that can wait for a quieter moment. */
  readonly inFlight: () => number
  readonly close: () => Promise<void>
}

/** For metrics. `status` is 0 when there was no answer. */
export interface RequestSample {
  readonly verb: Verb
  readonly resource: string
  readonly status: number
  readonly seconds: number
}

export interface TransportOptions {
  readonly access: ClusterAccess
  readonly clock: Clock
  readonly userAgent: string
  /** Unary requests in flight at once. Default 64; a local API server is quickest with about that many. */
  readonly maxInFlight?: number
  /** How long one try may take, in milliseconds. Default 30,000. */
  readonly deadlineMs?: number
  /** How long 429 and 503 answers with Retry-After are waited for in all, in milliseconds. Default 10,000. */
  readonly patienceMs?: number
  readonly observer?: (sample: RequestSample) => void
}

/** The transport on one pool of keep-alive connections. */
export function createTransport(options: TransportOptions): Transport {
  const { access, clock } = options
  const connections = connectionsTo(access)
  const server = access.server.replace(/\/+$/, '')
  const limit = inFlightLimit(options.maxInFlight ?? 64)
  const patience = options.patienceMs ?? 10_000

  function deadlineOf(request: KubeRequest): number {
    return request.deadlineMs ?? options.deadlineMs ?? DEADLINE
  }

  /** Sends once; resolves with the answer whatever its status. */
  async function attempt(request: KubeRequest, idleMs: number, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const headers = await access.authorize()
    signal.throwIfAborted()
    return await send(`${server}${resourcePath(request.resource, request)}${queryOf(request)}`, {
      dispatcher: connections.dispatcher(),
      method: METHODS[request.verb],
      headers: {
        ...headers,
        'user-agent': options.userAgent,
        accept: request.accept ?? 'application/json',
        ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
      },
      body: request.body === undefined ? null : JSON.stringify(request.body),
      headersTimeout: deadlineOf(request),
      bodyTimeout: idleMs,
      signal,
    })
  }

  /** Asks with new credentials once when the old ones are refused. */
  async function authorized(request: KubeRequest, idleMs: number, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const answer = await attempt(request, idleMs, signal)
    if (answer.statusCode !== 401) return answer
    await answer.body.dump()
    access.invalidate()
    return await attempt(request, idleMs, signal)
  }

  /** One try in its place in the queue and within the deadline. */
  async function unary(request: KubeRequest, signal: AbortSignal): Promise<Answer> {
    const leave = request.isUrgent === true ? () => {} : await limit.enter(signal)
    const started = performance.now()
    const deadline = linked(signal, deadlineOf(request))
    let status = 0
    try {
      const response = await authorized(request, deadlineOf(request), deadline.signal)
      const text = await response.body.text()
      status = response.statusCode
      return answerOf(request, response, text, clock)
    } catch (error) {
      signal.throwIfAborted()
      if (isDistrust(error)) access.invalidate()
      return { kind: 'failed', error: translated(error, request, deadline.hasPassed()), after: undefined, isTransient: true }
    } finally {
      deadline.release()
      leave()
      observe(request, status, started)
    }
  }

  function observe(request: KubeRequest, status: number, started: number): void {
    const resource = request.countedAs ?? request.resource.plural
    options.observer?.({ verb: request.verb, resource, status, seconds: (performance.now() - started) / 1_000 })
  }

  return {
    request: async (request, signal) => {
      const isRead = request.verb === 'get' || request.verb === 'list'
      let waited = 0
      for (let tries = 1; ; tries += 1) {
        const answer = await unary(request, signal)
        if (answer.kind === 'ok') return answer.value
        const wait = answer.after ?? (isRead && answer.isTransient && tries < READ_TRIES ? backoff(tries) : undefined)
        if (wait === undefined || waited + wait > patience) throw answer.error
        waited += wait
        // Everybody who was sent away comes back at the same time otherwise.
        await pause(wait + Math.random() * 0.25 * wait, signal)
      }
    },
    stream: async (request, { idleMs }, signal) => {
      const started = performance.now()
      let status = 0
      try {
        const response = await authorized(request, idleMs, signal)
        status = response.statusCode
        if (status === 200) return response.body
        const answer = answerOf(request, response, await response.body.text(), clock)
        if (answer.kind === 'failed') throw answer.error
        throw unanswered(`status ${status} to a watch`, askedBy(request), undefined)
      } catch (error) {
        signal.throwIfAborted()
        if (isDistrust(error)) access.invalidate()
        throw translated(error, request, false)
      } finally {
        observe(request, status, started)
      }
    },
    inFlight: limit.running,
    close: connections.close,
  }
}

const DEADLINE = 30_000
const READ_TRIES = 4

const METHODS: Readonly<Record<Verb, Dispatcher.HttpMethod>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  apply: 'PATCH',
  patch: 'PATCH',
  delete: 'DELETE',
}

function queryOf(request: KubeRequest): string {
  const given = Object.entries(request.query ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}

type Answer =
  | { readonly kind: 'ok'; readonly value: unknown }
  /** `after`: the server said when to come back, and so did not carry the request out. `isTransient`: a read may just be repeated. */
  | { readonly kind: 'failed'; readonly error: OperatorError; readonly after: number | undefined; readonly isTransient: boolean }

function answerOf(request: KubeRequest, response: Dispatcher.ResponseData, text: string, clock: Clock): Answer {
  const { statusCode: status, headers } = response
  if (status >= 200 && status < 300) {
    try {
      return { kind: 'ok', value: JSON.parse(text) }
    } catch {
      // The parser's own message quotes the text, which may be a Secret.
      return {
        kind: 'failed',
        error: unanswered('the answer is not JSON', askedBy(request), undefined),
        after: undefined,
        isTransient: true,
      }
    }
  }
  const now = clock.now()
  const after = status === 429 || status === 503 ? retryAfter(headers['retry-after'], now) : undefined
  const error = refusedBy(
    { status, body: parseStatus(text) },
    askedBy(request),
    after === undefined ? undefined : { kind: 'at', at: plus(now, after) },
  )
  return { kind: 'failed', error, after, isTransient: status === 429 || status >= 500 }
}

function askedBy(request: KubeRequest): { verb: string; resource: string; namespace: string | undefined; name: string | undefined } {
  return { verb: request.verb, resource: request.resource.plural, namespace: request.namespace, name: request.name }
}

/** The server's certificate was not accepted: its CA may have been replaced, and the file that we read with it. */
function isDistrust(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /CERT|SELF_SIGNED|VERIFY/.test(error.code)
}

/** Network errors become `kube/Unreachable`; ours pass. Undici names no header and no body in its codes. */
function translated(error: unknown, request: KubeRequest, isLate: boolean): OperatorError {
  if (error instanceof OperatorError) return error
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no answer'
  return unanswered(isLate ? 'no answer within the deadline' : code, askedBy(request), error)
}

function backoff(tries: number): number {
  return 100 * 3 ** (tries - 1)
}

interface Deadline {
  readonly signal: AbortSignal
  readonly hasPassed: () => boolean
  readonly release: () => void
}

/** A signal that follows `signal` and is aborted after `milliseconds`; it leaves nothing behind once released. */
function linked(signal: AbortSignal, milliseconds: number): Deadline {
  const controller = new AbortController()
  let hasPassed = false
  const follow = (): void => controller.abort(signal.reason)
  const timer = setTimeout(() => {
    hasPassed = true
    controller.abort(new Error('deadline'))
  }, milliseconds)
  signal.addEventListener('abort', follow, { once: true })
  if (signal.aborted) follow()
  return {
    signal: controller.signal,
    hasPassed: () => hasPassed,
    release: () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', follow)
    },
  }
}
