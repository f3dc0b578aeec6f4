import { randomBytes } from 'node:crypto'
import type { KubeObject } from '../crds/resource.ts'
import type { Clock } from '../lib/clock.ts'
import { MINUTE, SECOND, toRfc3339 } from '../lib/instant.ts'
import type { Instant } from '../lib/instant.ts'
import type { Log } from '../runtime/log.ts'
import { boundedMap } from '../lib/bounded-map.ts'
import type { EventRecorder } from './events.ts'
import { isKubeApiError } from './kube-api-error.ts'
import { events } from './kinds.ts'
import type { Event } from './kinds.ts'
import { pause } from './pause.ts'
import { spamFilter } from './spam-filter.ts'
import type { Transport } from './transport.ts'

export interface EventPublisher {
  /** A recorder whose Events say `component` as their source (`From` in kubectl describe). */
  readonly recorderFor: (component: string) => EventRecorder
  /** Waits until all recorded Events are written, at most `timeoutMs`. */
  readonly flush: (timeoutMs: number) => Promise<void>
}

export interface EventRecorderOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly log: Log
  /** This process, such as the pod's name. */
  readonly instance: string
  /** Events that wait to be written. Default 2,000. */
  readonly maxQueued?: number
  /** Events not written: the queue was full, the object has had too many, or the API server did not take them. */
  readonly onDropped?: (why: 'full' | 'spam' | 'failed') => void
}

const MAX_MESSAGE_BYTES = 1_024
const MAX_REASON_BYTES = 128
/** One after the other: Events tell what happened, and must not hold up what happens. */
const WRITERS = 1
/** With more requests than this under way, an Event waits for a quieter moment, but no longer than so many milliseconds. */
const BUSY_ABOVE = 4
const LONGEST_WAIT = 2 * SECOND
const LOOK_EVERY = 50
const TRIES = 3
/** Identical Events that are further apart are written anew. */
const COUNT_WITHIN = 10 * MINUTE
const REMEMBERED = 4_096

/** Writes core/v1 Events in the background: few at once, counted up when they repeat, dropped rather than in anybody's way. */
export function createEventRecorder(options: EventRecorderOptions): EventPublisher {
  const { clock, log, transport } = options
  const queue = new Map<string, Recorded>()
  /** Identical Events are written one after the other, or they would count from the same number. */
  const inFlight = new Set<string>()
  const written = boundedMap<string, Written>(REMEMBERED)
  const mayRecord = spamFilter({ burst: 25, refillMs: 12 * SECOND, remembered: REMEMBERED })
  const idle: (() => void)[] = []
  let writers = 0
  let isFlushing = false

  function record(component: string, about: KubeObject, event: Parameters<EventRecorder['record']>[1]): void {
    const reason = shortened(event.reason, MAX_REASON_BYTES)
    const message = shortened(event.message, MAX_MESSAGE_BYTES)
    const key = JSON.stringify([
      about.kind,
      about.metadata.uid ?? about.metadata.name,
      about.metadata.namespace,
      component,
      event.type,
      reason,
      message,
    ])
    const now = clock.now()
    const waiting = queue.get(key)
    if (waiting !== undefined) {
      queue.set(key, { ...waiting, times: waiting.times + 1, last: now })
      return
    }
    if (!mayRecord(`${component} ${about.metadata.uid ?? about.metadata.name}`, now)) return dropped('spam')
    if (queue.size >= (options.maxQueued ?? 2_000)) return dropped('full')
    queue.set(key, { component, involved: involvedIn(about), type: event.type, reason, message, times: 1, first: now, last: now })
    if (writers < WRITERS && !inFlight.has(key)) void drain()
  }

  function dropped(why: 'full' | 'spam' | 'failed'): void {
    options.onDropped?.(why)
  }

  async function drain(): Promise<void> {
    writers += 1
    for (let next = takeNext(); next !== undefined; next = takeNext()) {
      const [key, recorded] = next
      inFlight.add(key)
      await quieterMoment()
      await writeOrDrop(key, recorded)
      inFlight.delete(key)
    }
    writers -= 1
    if (writers === 0) for (const resolve of idle.splice(0)) resolve()
  }

  async function quieterMoment(): Promise<void> {
    for (let waited = 0; waited < LONGEST_WAIT && !isFlushing && transport.inFlight() > BUSY_ABOVE; waited += LOOK_EVERY) {
      await pause(LOOK_EVERY, NEVER)
    }
  }

  function takeNext(): [string, Recorded] | undefined {
    for (const next of queue) {
      if (inFlight.has(next[0])) continue
      queue.delete(next[0])
      return next
    }
    return undefined
  }

  async function writeOrDrop(key: string, recorded: Recorded): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        written.set(key, await write(written.get(key), recorded))
        return
      } catch (error) {
        const mayPass = isKubeApiError(error, 'Unreachable') || isKubeApiError(error, 'TooManyRequests')
        if (mayPass && tries < TRIES) {
          await pause(tries * SECOND, NEVER)
          continue
        }
        dropped('failed')
        log.debug({ involved: recorded.involved, reason: recorded.reason, err: error }, 'an Event was not written')
        return
      }
    }
  }

  async function write(earlier: Written | undefined, recorded: Recorded): Promise<Written> {
    if (earlier === undefined || recorded.first - earlier.last > COUNT_WITHIN) return await create(recorded)
    const count = earlier.count + recorded.times
    try {
      await transport.request(
        {
          verb: 'patch',
          resource: events,
          namespace: earlier.namespace,
          name: earlier.name,
          contentType: 'application/merge-patch+json',
          body: { count, lastTimestamp: toRfc3339(recorded.last) },
        },
        NEVER,
      )
      return { ...earlier, count, last: recorded.last }
    } catch (error) {
      if (isKubeApiError(error, 'NotFound')) return await create(recorded)
      throw error
    }
  }

  async function create(recorded: Recorded): Promise<Written> {
    const event = eventFor(recorded, options.instance)
    const { namespace = 'default', name } = event.metadata
    await transport.request({ verb: 'create', resource: events, namespace, body: event }, NEVER)
    return { namespace, name, count: recorded.times, last: recorded.last }
  }

  return {
    recorderFor: (component) => ({ record: (about, event) => record(component, about, event) }),
    flush: async (timeoutMs) => {
      if (writers === 0) return
      isFlushing = true
      const timer = Promise.withResolvers<void>()
      const timeout = setTimeout(timer.resolve, timeoutMs)
      await Promise.race([new Promise<void>((resolve) => idle.push(resolve)), timer.promise])
      clearTimeout(timeout)
    },
  }
}

/** Events outlive the reconcile that recorded them. */
const NEVER = new AbortController().signal

interface Recorded {
  readonly component: string
  readonly involved: Event['involvedObject']
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly times: number
  readonly first: Instant
  readonly last: Instant
}

interface Written {
  readonly namespace: string
  readonly name: string
  readonly count: number
  readonly last: Instant
}

function involvedIn({ apiVersion, kind, metadata }: KubeObject): Event['involvedObject'] {
  const { namespace, name, uid, resourceVersion } = metadata
  return {
    apiVersion,
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  }
}

/** Events about cluster-scoped objects live in `default`, where kubectl describe looks for them. */
function eventFor(recorded: Recorded, instance: string): Event {
  const { component, involved, type, reason, message } = recorded
  const suffix = randomBytes(8).toString('hex')
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: involved.namespace ?? 'default', name: `${(involved.name ?? '').slice(0, 236)}.${suffix}` },
    involvedObject: involved,
    type,
    reason,
    message,
    count: recorded.times,
    firstTimestamp: toRfc3339(recorded.first),
    lastTimestamp: toRfc3339(recorded.last),
    source: { component },
    reportingComponent: component,
    reportingInstance: instance,
  }
}

/** The text in at most `bytes` bytes of UTF-8, cut between characters. */
function shortened(text: string, bytes: number): string {
  const whole = Buffer.from(text, 'utf8')
  if (whole.length <= bytes) return text
  const ellipsis = '…'
  const room = bytes - Buffer.byteLength(ellipsis)
  let end = room
  while (end > 0 && ((whole[end] ?? 0) & 0xc0) === 0x80) end -= 1 // not within a character
  return `${whole.subarray(0, end).toString('utf8')}${ellipsis}`
}
