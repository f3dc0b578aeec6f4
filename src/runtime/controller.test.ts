import { expect, test, vi } from 'vitest'
import { systemClock } from '../lib/clock.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { startController } from './controller.ts'
import type { ControllerOptions } from './controller.ts'
import type { Log } from './log.ts'
import { silentLog } from './log.ts'
import type { ObjectKey } from './object-key.ts'
import type { Outcome } from './reconcile.ts'
import type { Reconciler } from './reconciler.ts'
import type { Enqueue } from './trigger.ts'

type Action = { readonly do: 'write' }
type Numbers = Reconciler<number, Action>

/** A busy machine may take longer than the second that is usual. */
const patiently = { timeout: 30_000 }
const web = 'shop/web' as ObjectKey
const mail = 'shop/mail' as ObjectKey

interface Fixture {
  readonly enqueue: Enqueue
  readonly outcomes: Outcome[]
  readonly stop: () => Promise<void>
  readonly isSubscribed: () => boolean
}

function started(parts: Partial<Numbers>, options: Partial<ControllerOptions<number, Action>> = {}): Fixture {
  const stopping = new AbortController()
  const outcomes: Outcome[] = []
  let put: Enqueue | undefined
  const controller = startController<number, Action>(
    {
      reconciler: {
        name: 'numbers',
        observe: async () => 1,
        decide: () => ({ actions: [], because: 'up to date' }),
        act: async () => {},
        ...parts,
      },
      triggers: [
        (enqueue) => {
          put = enqueue
          return () => {
            put = undefined
          }
        },
      ],
      clock: systemClock,
      log: silentLog,
      backoff: { shortestMs: 1, longestMs: 1 },
      observer: { reconciled: ({ outcome }) => outcomes.push(outcome), taken: () => {} },
      ...options,
    },
    stopping.signal,
  )
  return {
    enqueue: (key, at) => put?.(key, at),
    outcomes,
    isSubscribed: () => put !== undefined,
    stop: () => {
      stopping.abort(new Error('stopping'))
      return controller.stopped
    },
  }
}

test('an object that is gone is done with', async () => {
  const decide = vi.fn<Numbers['decide']>()
  const running = started({ observe: async () => undefined, decide })
  running.enqueue(web)
  await vi.waitFor(() => expect(running.outcomes).toEqual([{ kind: 'done' }]), patiently)
  expect(decide).not.toHaveBeenCalled()
  await running.stop()
})

test('the actions of a plan run in order, and the first failure stops the rest', async () => {
  const acted: number[] = []
  const running = started({
    decide: () => ({ actions: [{ do: 'write' }, { do: 'write' }, { do: 'write' }], because: 'three writes' }),
    act: async () => {
      acted.push(acted.length)
      if (acted.length === 2) throw new OperatorError('kube/Forbidden', 'no', { retry: { kind: 'never' } })
    },
  })
  running.enqueue(web)
  await vi.waitFor(() => expect(running.outcomes).toEqual([{ kind: 'stop', code: 'kube/Forbidden' }]), patiently)
  expect(acted).toHaveLength(2)
  await running.stop()
})

test('a key is looked at again at the time that the plan names', async () => {
  let looks = 0
  const running = started({
    decide: (_world, now) => {
      looks += 1
      return looks === 1 ? { actions: [], wakeAt: now, because: 'wait' } : { actions: [], because: 'up to date' }
    },
  })
  running.enqueue(web)
  await vi.waitFor(() => expect(running.outcomes.map(({ kind }) => kind)).toEqual(['at', 'done']), patiently)
  await running.stop()
})

test('a bug in one reconcile is logged with its stack, backed off, and harms no other key', async () => {
  const errors: object[] = []
  const log: Log = { ...silentLog, error: (fields) => void errors.push(fields) }
  let failures = 0
  const running = started(
    {
      observe: async (key) => {
        if (key === web && failures++ < 2) throw new TypeError('a bug')
        return 1
      },
    },
    { log },
  )
  running.enqueue(web)
  running.enqueue(mail)
  await vi.waitFor(
    () => expect(running.outcomes.map(({ kind }) => kind).toSorted()).toEqual(['backoff', 'backoff', 'done', 'done']),
    patiently,
  )
  expect(errors).toEqual([
    { controller: 'numbers', key: web, err: expect.any(TypeError) as unknown },
    { controller: 'numbers', key: web, err: expect.any(TypeError) as unknown },
  ])
  await running.stop()
})

test('a decision that throws is a bug like any other', async () => {
  const running = started({
    decide: () => {
      throw new RangeError('a bug')
    },
  })
  running.enqueue(web)
  await vi.waitFor(() => expect(running.outcomes[0]).toEqual({ kind: 'backoff', code: 'runtime/unexpected' }), patiently)
  await running.stop()
})

test('at the end the running reconcile is told to stop and is waited for, and no new one starts', async () => {
  const steps: string[] = []
  const running = started(
    {
      observe: async (key, signal) => {
        steps.push(`${key} starts`)
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
        steps.push(`${key} ends`)
        return 1
      },
    },
    { workers: 1 },
  )
  running.enqueue(web)
  running.enqueue(mail)
  await vi.waitFor(() => expect(steps).toEqual(['shop/web starts']), patiently)
  await running.stop()
  expect(steps).toEqual(['shop/web starts', 'shop/web ends'])
  expect(running.isSubscribed()).toBe(false)
})

test('at the end a reconcile that does not listen is not waited for longer than was said', async () => {
  const warnings: string[] = []
  const stuck = Promise.withResolvers<number>()
  const observe = vi.fn<Numbers['observe']>(() => stuck.promise)
  const running = started({ observe }, { stopWithinMs: 1, log: { ...silentLog, warn: (_fields, message) => void warnings.push(message) } })
  running.enqueue(web)
  await vi.waitFor(() => expect(observe).toHaveBeenCalledOnce(), patiently)
  await running.stop()
  expect(warnings).toEqual(['stopped without waiting any longer for running reconciles'])
  stuck.resolve(1)
})

test('no action of a plan starts after the end', async () => {
  const acted = vi.fn<Numbers['act']>(async () => {})
  const stopped: { promise?: Promise<void> } = {}
  const running: Fixture = started({
    decide: () => {
      stopped.promise = running.stop()
      return { actions: [{ do: 'write' }], because: 'one write' }
    },
    act: acted,
  })
  running.enqueue(web)
  await vi.waitFor(() => expect(stopped.promise).toBeDefined(), patiently)
  await stopped.promise
  expect(acted).not.toHaveBeenCalled()
})
