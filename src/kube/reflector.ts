import type { KubeObject, ObjectMeta, Resource } from '../crds/resource.ts'
import type { Clock } from '../lib/clock.ts'
import { MINUTE, SECOND } from '../lib/instant.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { keyOf } from '../runtime/object-key.ts'
import { jsonLines } from './json-lines.ts'
import { KubeApiError } from './kube-api-error.ts'
import { pause } from './pause.ts'
import { reconnectDelay } from './reconnect-delay.ts'
import { stuckTimer } from './stuck-timer.ts'
import type { KubeRequest, Transport } from './transport.ts'
import { named, parseWatchEvent } from './watch-event.ts'
import type { WatchEvent } from './watch-event.ts'

/** Where a reflector puts what it sees. */
export interface Sink<T> {
  /** What is kept of an object; undefined when it cannot be kept. */
  readonly decode: (raw: KubeObject) => T | undefined
  readonly replace: (objects: readonly T[], resourceVersion: string) => void
  readonly watchShowed: (object: T) => void
  readonly watchDeleted: (metadata: ObjectMeta) => void
  readonly watchReached: (resourceVersion: string) => void
  /** The list is not to be had, or the watch broke. Called for each failed try, with undefined once all is well again. */
  readonly troubled: (error: Error | undefined) => void
}

export interface ReflectorOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly resource: Resource<KubeObject>
  readonly namespace: string | undefined
  readonly labelSelector: string | undefined
  readonly view: 'full' | 'metadata'
  /** A watch is given up when nothing was read for so long, bookmarks included. They come about once a minute. Default 90,000. */
  readonly idleMs?: number
  readonly pageSize?: number
  /** A streaming list is given up for pages when it shows nothing for so long: servers that do not know it never end it. Default 15,000. */
  readonly listIdleMs?: number
  /** The kind need not exist: it is looked for at least so often, in milliseconds. */
  readonly lookForMs?: number
}

/**
 * Keeps `sink` up to date with one kind until `signal` is aborted, whatever happens: streaming list (KEP-3157) or pages, then a
 * watch with bookmarks. What was seen is never taken back before a new list is complete.
 */
export async function reflect<T extends KubeObject>(options: ReflectorOptions, sink: Sink<T>, signal: AbortSignal): Promise<void> {
  const delay = reconnectDelay(Math.random)
  const state: ReflectorState = { resourceVersion: undefined, streamsLists: true, pagesNext: false, refusals: 0, hasProgressed: false }

  while (!signal.aborted) {
    const started = performance.now()
    state.hasProgressed = false
    let failure: unknown
    try {
      if (state.resourceVersion === undefined && (state.pagesNext || !state.streamsLists)) await listPages(options, sink, state, signal)
      await follow(options, sink, state, signal)
    } catch (error) {
      failure = error
    }
    if (signal.aborted) return
    const isSettled = performance.now() - started > SETTLED_AFTER
    if (isSettled || state.hasProgressed) delay.reset()
    if (failure === undefined && isSettled) continue
    const wait = failure === undefined ? delay.next() : afterFailure(failure, state, sink, { ...options, wait: delay.next() })
    await pause(wait, signal).catch(() => {})
  }
}

/** A watch that ends sooner counts as a failure, so that a server that closes each one at once is not flooded. */
const SETTLED_AFTER = 5 * SECOND

const REFUSALS_BEFORE_RELIST = 3

interface ReflectorState {
  /** Where the watch goes on; undefined: a list is needed first. */
  resourceVersion: string | undefined
  /** false once the server has refused a streaming list. */
  streamsLists: boolean
  /** A streaming list got stuck: take pages this time. */
  pagesNext: boolean
  /** Answers with an error in a row. */
  refusals: number
  /** This try brought a list or a watch event. */
  hasProgressed: boolean
}

/** Notes what the failure means for the next try; returns how long to wait, in milliseconds. */
function afterFailure(
  failure: unknown,
  state: ReflectorState,
  sink: Pick<Sink<never>, 'troubled'>,
  { wait, clock, lookForMs }: Pick<ReflectorOptions, 'clock' | 'lookForMs'> & { readonly wait: number },
): number {
  const error = failure instanceof Error ? failure : new Error(String(failure))
  if (error instanceof KubeApiError) {
    const isListRefused = state.resourceVersion === undefined && state.streamsLists && (error.status === 400 || error.status === 422)
    if (isListRefused) {
      state.streamsLists = false
      return 0
    }
    if (error.status !== 0) state.refusals += 1
    // Should a kind that is missing come back, nothing that was seen of it before is of use.
    if (error.status === 410 || error.status === 404 || state.refusals >= REFUSALS_BEFORE_RELIST) {
      state.resourceVersion = undefined
      state.refusals = 0
    }
  }
  // 410 is part of a normal life, a broken watch only when it cannot be opened again.
  if (!(error instanceof KubeApiError && error.status === 410)) sink.troubled(error)
  if (error instanceof KubeApiError && error.status === 404) return Math.min(wait, lookForMs ?? wait)
  const asked = error instanceof OperatorError && error.retry.kind === 'at' ? error.retry.at - clock.now() : 0
  return Math.max(wait, Math.min(asked, MINUTE))
}

/** A consistent list in pages. Throws when one of them is not to be had; nothing is kept then. */
async function listPages<T extends KubeObject>(
  options: ReflectorOptions,
  sink: Sink<T>,
  state: ReflectorState,
  signal: AbortSignal,
): Promise<void> {
  const objects: T[] = []
  let token: string | undefined
  let resourceVersion = ''
  do {
    const page = (await options.transport.request(
      {
        ...selection(options, 'list'),
        accept: acceptFor(options.view, 'List'),
        query: { labelSelector: options.labelSelector, limit: String(options.pageSize ?? 500), continue: token },
      },
      signal,
    )) as ListAnswer
    for (const raw of page.items ?? []) {
      const object = sink.decode(named(raw, options.resource))
      if (object !== undefined) objects.push(object)
    }
    resourceVersion = page.metadata?.resourceVersion ?? ''
    token = page.metadata?.continue === '' ? undefined : page.metadata?.continue
  } while (token !== undefined)
  sink.replace(objects, resourceVersion)
  state.pagesNext = false
  progressed(state, resourceVersion)
  sink.troubled(undefined)
}

/** One watch, from its opening to its end. It starts with a streaming list when there is no version to go on from. */
async function follow<T extends KubeObject>(
  options: ReflectorOptions,
  sink: Sink<T>,
  state: ReflectorState,
  signal: AbortSignal,
): Promise<void> {
  let listed = state.resourceVersion === undefined ? new Map<string, T>() : undefined
  const stuck = stuckTimer(signal, listed === undefined ? undefined : (options.listIdleMs ?? 15 * SECOND))
  try {
    const body = await options.transport.stream(watchRequest(options, state), { idleMs: options.idleMs ?? 90 * SECOND }, stuck.signal)
    if (listed === undefined) sink.troubled(undefined)
    for await (const line of jsonLines(body)) {
      const watchEvent = parseWatchEvent(line, options.resource)
      if (listed === undefined) {
        showOne(watchEvent, sink, state)
        continue
      }
      stuck.refresh()
      if (!collect(watchEvent, sink, listed)) continue
      stuck.finish()
      sink.replace([...listed.values()], watchEvent.object.metadata.resourceVersion ?? '')
      listed = undefined
      progressed(state, watchEvent.object.metadata.resourceVersion)
      sink.troubled(undefined)
    }
  } catch (error) {
    if (!stuck.hasFired()) throw error
    state.pagesNext = true
  } finally {
    stuck.release()
  }
}

function showOne<T extends KubeObject>(watchEvent: WatchEvent, sink: Sink<T>, state: ReflectorState): void {
  const { metadata } = watchEvent.object
  if (watchEvent.type === 'BOOKMARK') {
    if (metadata.resourceVersion !== undefined) sink.watchReached(metadata.resourceVersion)
  } else if (watchEvent.type === 'DELETED') {
    sink.watchDeleted(metadata)
  } else {
    const object = sink.decode(watchEvent.object)
    if (object !== undefined) sink.watchShowed(object)
  }
  progressed(state, metadata.resourceVersion ?? state.resourceVersion)
}

function progressed(state: ReflectorState, resourceVersion: string | undefined): void {
  state.resourceVersion = resourceVersion
  state.refusals = 0
  state.hasProgressed = true
}

/** Takes one event of the initial ones; true when it was the mark at their end. */
function collect<T extends KubeObject>(watchEvent: WatchEvent, sink: Sink<T>, listed: Map<string, T>): boolean {
  const { metadata } = watchEvent.object
  if (watchEvent.type === 'BOOKMARK') return metadata.annotations?.['k8s.io/initial-events-end'] === 'true'
  if (watchEvent.type === 'DELETED') {
    listed.delete(keyOf(metadata))
    return false
  }
  const object = sink.decode(watchEvent.object)
  if (object !== undefined) listed.set(keyOf(metadata), object)
  return false
}

interface ListAnswer {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }
  readonly items?: readonly KubeObject[]
}

function watchRequest(options: ReflectorOptions, state: ReflectorState): KubeRequest {
  const from = state.resourceVersion
  return {
    ...selection(options, 'watch'),
    accept: acceptFor(options.view, ''),
    query: {
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(Math.round(300 + Math.random() * 300)), // spread, so that not all watches are opened anew at once
      labelSelector: options.labelSelector,
      ...(from === undefined ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' } : { resourceVersion: from }),
    },
  }
}

function selection(options: ReflectorOptions, verb: 'list' | 'watch'): KubeRequest {
  return { verb, resource: options.resource, ...(options.namespace === undefined ? {} : { namespace: options.namespace }) }
}

function acceptFor(view: 'full' | 'metadata', suffix: 'List' | ''): string {
  return view === 'full' ? 'application/json' : `application/json;as=PartialObjectMetadata${suffix};g=meta.k8s.io;v=v1`
}
