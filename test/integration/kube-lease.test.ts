import { beforeAll, expect, test, vi } from 'vitest'
import type { ClusterAccess } from '../../src/kube/config.ts'
import { configMaps, leases } from '../../src/kube/kinds.ts'
import type { LeaseSpec } from '../../src/kube/kinds.ts'
import { createLeaderElection } from '../../src/kube/lease.ts'
import type { LeaderElection, LeaderElectionOptions } from '../../src/kube/lease.ts'
import { instant } from '../../src/lib/instant.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Redacted } from '../../src/lib/redacted.ts'
import { startController } from '../../src/runtime/controller.ts'
import type { PlannedAction, Reconciler } from '../../src/runtime/reconciler.ts'
import { onOwnChange } from '../../src/runtime/trigger.ts'
import { sharedTestbed } from '../testbed/shared.ts'
import type { Client } from './kube-fixture.ts'
import { adminToken, clientFor, directAccess, faultyAccess, namespace, never } from './kube-fixture.ts'

const testbed = sharedTestbed({ name: 'kube-lease' })
let token: Redacted<string>
let direct: ClusterAccess

beforeAll(async () => {
  token = await adminToken(testbed())
  direct = await directAccess(testbed(), token)
})

const patiently = { timeout: 120_000, interval: 20 }
/** Short enough to wait for, and long enough that a leader on a busy machine does not lose it. */
const quick = { leaseMs: 7_000, renewWithinMs: 5_000, retryMs: 300 }

interface Candidate {
  readonly election: LeaderElection
  /** `gained`, `lost`, … in order, in the journal that all candidates share. */
  readonly stop: () => Promise<void>
}

function candidate(
  client: Client,
  identity: string,
  options: Partial<LeaderElectionOptions> & { readonly namespace: string; readonly journal: string[] },
): Candidate {
  const { journal, ...rest } = options
  const stopping = new AbortController()
  const election = createLeaderElection({
    transport: client.transport,
    clock: systemClock,
    log: client.log,
    name: 'operator',
    identity,
    ...quick,
    ...rest,
  })
  const running = election.run(async (signal) => {
    journal.push(`${identity} gained`)
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    journal.push(`${identity} lost`)
  }, stopping.signal)
  return {
    election,
    stop: async () => {
      stopping.abort(new Error('the test is over'))
      await running
    },
  }
}

async function leaseIn(client: Client, space: string): Promise<LeaseSpec> {
  return (await client.cluster.get(leases, { namespace: space, name: 'operator' }, never))?.spec ?? {}
}

test('of two candidates one leads; when it stops it lets the other in at once, and the Lease tells the story', async () => {
  const space = await namespace(testbed(), 'two')
  await using client = clientFor(direct)
  const journal: string[] = []
  // A lease that would run out only after the test: the second can only get in because the first lets it.
  const long = { leaseMs: 600_000, renewWithinMs: 300_000, retryMs: 200, namespace: space, journal }
  const first = candidate(client, 'first', long)
  await vi.waitFor(() => expect(journal).toEqual(['first gained']), patiently)
  const second = candidate(client, 'second', long)
  expect(first.election.isLeader()).toBe(true)
  expect(second.election.isLeader()).toBe(false)
  expect(await leaseIn(client, space)).toMatchObject({
    holderIdentity: 'first',
    leaseDurationSeconds: 600,
    leaseTransitions: 0,
    renewTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/) as unknown,
  })
  await first.stop()
  await vi.waitFor(() => expect(journal).toEqual(['first gained', 'first lost', 'second gained']), patiently)
  expect(await leaseIn(client, space)).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 })
  await second.stop()
  expect((await leaseIn(client, space)).holderIdentity ?? '').toBe('')
})

test('a leader cut off from the API server stops leading before another one starts, and stands for election again afterwards', async () => {
  const space = await namespace(testbed(), 'frozen')
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  await using cutOff = clientFor(access)
  await using client = clientFor(direct)
  const journal: string[] = []
  const first = candidate(cutOff, 'first', { namespace: space, journal })
  await vi.waitFor(() => expect(journal).toEqual(['first gained']), patiently)
  const second = candidate(client, 'second', { namespace: space, journal })
  proxy.freeze()
  await vi.waitFor(() => expect(journal).toEqual(['first gained', 'first lost', 'second gained']), patiently)
  expect([first.election.isLeader(), second.election.isLeader()]).toEqual([false, true])

  proxy.thaw()
  await second.stop()
  await vi.waitFor(() => expect(journal).toEqual(['first gained', 'first lost', 'second gained', 'second lost', 'first gained']), patiently)
  await first.stop()
})

test('a leader whose process was frozen knows that it leads no more before any timer has told it', async () => {
  const space = await namespace(testbed(), 'suspended')
  await using client = clientFor(direct)
  const journal: string[] = []
  let jump = 0
  const only = candidate(client, 'only', { namespace: space, journal, monotonic: () => performance.now() + jump })
  await vi.waitFor(() => expect(journal).toEqual(['only gained']), patiently)
  expect(only.election.isLeader()).toBe(true)
  jump = quick.renewWithinMs
  expect(only.election.isLeader()).toBe(false)
  await vi.waitFor(() => expect(journal.slice(0, 2)).toEqual(['only gained', 'only lost']), patiently)
  await only.stop()
})

test('a leader survives a restart of the API server that is shorter than its deadline, and follows no clock but its own', async () => {
  const space = await namespace(testbed(), 'outage')
  await using client = clientFor(direct)
  const journal: string[] = []
  const long = { leaseMs: 120_000, renewWithinMs: 90_000, retryMs: 200, namespace: space, journal }
  const first = candidate(client, 'first', long)
  // Its clock is a day ahead: the times in the Lease look long past to it.
  const second = candidate(client, 'second', { ...long, clock: { now: () => instant(Date.now() + 86_400_000) } })
  await vi.waitFor(() => expect(journal).toHaveLength(1), patiently)
  const before = (await leaseIn(client, space)).renewTime
  await testbed().restartApiServer({ signal: 'SIGKILL' })
  await vi.waitFor(async () => expect((await leaseIn(client, space)).renewTime).not.toBe(before), patiently)
  expect(journal).toHaveLength(1)
  await Promise.all([first.stop(), second.stop()])
})

test('a Lease that another make of leader holds and renews is left alone, for as long as that one has said', async () => {
  const space = await namespace(testbed(), 'foreign')
  await using client = clientFor(direct)
  const foreign = { holderIdentity: 'incumbent', leaseDurationSeconds: 10, leaseTransitions: 3 }
  const made = await client.cluster.create(
    leases,
    { metadata: { namespace: space, name: 'operator' }, spec: foreign },
    { fieldManager: 'test' },
    never,
  )
  const journal: string[] = []
  const own = { leaseMs: 500, renewWithinMs: 300, retryMs: 100 }
  const ours = candidate(client, 'ours', { namespace: space, journal, ...own })
  // It renews once more, well after our own lease would have run out.
  await vi.waitFor(
    () => expect(client.samples.filter(({ verb, resource }) => verb === 'get' && resource === 'leases').length).toBeGreaterThan(10),
    patiently,
  )
  expect(journal).toEqual([])
  await client.cluster.patch(leases, made, { spec: { renewTime: '2026-01-01T00:00:00.000000Z' } }, { fieldManager: 'test' }, never)
  await vi.waitFor(() => expect(journal).toContain('ours gained'), patiently)
  expect((await leaseIn(client, space)).leaseTransitions).toBeGreaterThanOrEqual(4)
  await ours.stop()
})

test('a Lease that somebody deletes is made anew by its leader', async () => {
  const space = await namespace(testbed(), 'deleted')
  await using client = clientFor(direct)
  const journal: string[] = []
  const only = candidate(client, 'only', { namespace: space, journal })
  await vi.waitFor(() => expect(journal).toEqual(['only gained']), patiently)
  const { code } = await testbed().kubectl(['delete', 'lease', '--namespace', space, 'operator'])
  expect(code).toBe(0)
  await vi.waitFor(async () => expect((await leaseIn(client, space)).holderIdentity).toBe('only'), patiently)
  expect(journal).toEqual(['only gained'])
  await only.stop()
})

test('controllers reconcile only while their replica leads, and start over with all objects when it leads again', async () => {
  const space = await namespace(testbed(), 'controllers')
  await using faulty = await faultyAccess(testbed(), token)
  await using cutOff = clientFor(faulty.access)
  await using client = clientFor(direct)
  const informer = client.cache.informer(configMaps, { namespace: space })
  await client.start()
  await client.cluster.create(configMaps, { metadata: { namespace: space, name: 'web' } }, { fieldManager: 'test' }, never)
  const journal: string[] = []
  const reconciler: Reconciler<string, PlannedAction> = {
    name: 'names',
    observe: async (key) => key,
    act: async () => {},
    decide: (key) => {
      if (!key.endsWith('kube-root-ca.crt')) journal.push(key)
      return { actions: [], because: 'seen' }
    },
  }
  const stopping = new AbortController()
  const election = createLeaderElection({
    transport: cutOff.transport,
    clock: systemClock,
    log: client.log,
    name: 'operator',
    namespace: space,
    identity: 'only',
    ...quick,
  })
  const running = election.run(async (leading) => {
    await startController({ reconciler, triggers: [onOwnChange(informer)], clock: systemClock, log: client.log }, leading).stopped
    journal.push('stopped')
  }, stopping.signal)
  await vi.waitFor(() => expect(journal).toEqual(['controllers/web']), patiently)

  faulty.proxy.freeze()
  await vi.waitFor(() => expect(journal).toEqual(['controllers/web', 'stopped']), patiently)
  await client.cluster.create(configMaps, { metadata: { namespace: space, name: 'mail' } }, { fieldManager: 'test' }, never)
  expect(informer.get({ namespace: space, name: 'mail' })).toBeDefined()
  expect(journal).toEqual(['controllers/web', 'stopped'])

  faulty.proxy.thaw()
  await vi.waitFor(() => expect(journal.slice(2).toSorted()).toEqual(['controllers/mail', 'controllers/web']), patiently)
  stopping.abort(new Error('the test is over'))
  await running
})

test('a leader whose work breaks releases the Lease and says why', async () => {
  const space = await namespace(testbed(), 'broken')
  await using client = clientFor(direct)
  const election = createLeaderElection({
    transport: client.transport,
    clock: systemClock,
    log: client.log,
    name: 'operator',
    namespace: space,
    identity: 'only',
    ...quick,
  })
  await expect(
    election.run(async () => {
      throw new Error('a bug')
    }, never),
  ).rejects.toThrow('a bug')
  expect((await leaseIn(client, space)).holderIdentity ?? '').toBe('')
})
