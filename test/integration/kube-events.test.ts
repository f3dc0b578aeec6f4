import { beforeAll, expect, test, vi } from 'vitest'
import type { ClusterAccess } from '../../src/kube/config.ts'
import { createEventRecorder } from '../../src/kube/event-recorder.ts'
import type { EventPublisher, EventRecorderOptions } from '../../src/kube/event-recorder.ts'
import { configMaps, events, namespaces } from '../../src/kube/kinds.ts'
import type { ConfigMap, Event } from '../../src/kube/kinds.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Redacted } from '../../src/lib/redacted.ts'
import { sharedTestbed } from '../testbed/shared.ts'
import type { Client } from './kube-fixture.ts'
import { adminToken, clientFor, directAccess, faultyAccess, namespace, never } from './kube-fixture.ts'

const testbed = sharedTestbed({ name: 'kube-events' })
let token: Redacted<string>
let direct: ClusterAccess

beforeAll(async () => {
  token = await adminToken(testbed())
  direct = await directAccess(testbed(), token)
})

const patiently = { timeout: 120_000, interval: 50 }

function publisher(client: Client, options: Partial<EventRecorderOptions> = {}): EventPublisher {
  return createEventRecorder({ transport: client.transport, clock: systemClock, log: client.log, instance: 'certwright-0', ...options })
}

async function configMap(client: Client, space: string): Promise<ConfigMap> {
  return await client.cluster.create(configMaps, { metadata: { namespace: space, name: 'web' } }, { fieldManager: 'test' }, never)
}

async function recordedIn(client: Client, space: string): Promise<readonly Event[]> {
  return await client.cluster.list(events, { namespace: space }, never)
}

test('an Event is shown by kubectl describe, with its component as source', async () => {
  const space = await namespace(testbed(), 'described')
  await using client = clientFor(direct)
  const about = await configMap(client, space)
  const { recorderFor, flush } = publisher(client)
  recorderFor('cert-manager-certificates-issuing').record(about, { type: 'Warning', reason: 'Failed', message: 'the CA said no' })
  await flush(10_000)
  const { stdout } = await testbed().kubectl(['describe', 'configmap', '--namespace', space, 'web'])
  expect(stdout).toMatch(/Warning\s+Failed\s+\S+\s+cert-manager-certificates-issuing\s+the CA said no/)
  expect(await recordedIn(client, space)).toMatchObject([
    {
      involvedObject: { kind: 'ConfigMap', name: 'web', uid: about.metadata.uid },
      count: 1,
      type: 'Warning',
      source: { component: 'cert-manager-certificates-issuing' },
      reportingComponent: 'cert-manager-certificates-issuing',
    },
  ])
})

test('an Event about a cluster-scoped object lives in the namespace default', async () => {
  await using client = clientFor(direct)
  const about = await client.cluster.get(namespaces, { name: 'kube-public' }, never)
  if (about === undefined) throw new Error('there is no kube-public')
  const { recorderFor, flush } = publisher(client)
  recorderFor('test').record(about, { type: 'Normal', reason: 'Seen', message: 'hello' })
  await flush(10_000)
  const { stdout } = await testbed().kubectl(['describe', 'namespace', 'kube-public'])
  expect((await recordedIn(client, 'default')).filter(({ reason }) => reason === 'Seen')).toHaveLength(1)
  expect(stdout).toContain('kube-public')
})

test('identical Events are counted up in one object; others get their own', async () => {
  const space = await namespace(testbed(), 'counted')
  await using client = clientFor(direct)
  const about = await configMap(client, space)
  const { recorderFor, flush } = publisher(client)
  const recorder = recorderFor('test')
  for (let times = 0; times < 3; times += 1) {
    recorder.record(about, { type: 'Normal', reason: 'Again', message: 'the same' })
    await flush(10_000)
  }
  for (let times = 0; times < 4; times += 1) recorder.record(about, { type: 'Normal', reason: 'Again', message: 'the same' })
  recorder.record(about, { type: 'Normal', reason: 'Again', message: 'another' })
  await flush(10_000)
  const counts = (await recordedIn(client, space)).map(({ message, count }) => `${message}: ${count}`)
  expect(counts.toSorted()).toEqual(['another: 1', 'the same: 7'])
})

test('an Event that was deleted meanwhile is written anew', async () => {
  const space = await namespace(testbed(), 'anew')
  await using client = clientFor(direct)
  const about = await configMap(client, space)
  const { recorderFor, flush } = publisher(client)
  const recorder = recorderFor('test')
  recorder.record(about, { type: 'Normal', reason: 'Again', message: 'the same' })
  await flush(10_000)
  await testbed().kubectl(['delete', 'events', '--all', '--namespace', space])
  recorder.record(about, { type: 'Normal', reason: 'Again', message: 'the same' })
  await flush(10_000)
  expect((await recordedIn(client, space)).map(({ count }) => count)).toEqual([1])
})

test('a long message is cut to 1024 bytes between two characters', async () => {
  const space = await namespace(testbed(), 'long')
  await using client = clientFor(direct)
  const about = await configMap(client, space)
  const { recorderFor, flush } = publisher(client)
  recorderFor('test').record(about, { type: 'Normal', reason: 'Long', message: '€'.repeat(1_000) })
  await flush(10_000)
  const [event] = await recordedIn(client, space)
  expect(event?.message).toMatch(/^€{340}…$/)
})

test('an object that says too much is silenced, and its neighbor is not', async () => {
  const space = await namespace(testbed(), 'spam')
  await using client = clientFor(direct)
  const about = await configMap(client, space)
  const dropped: string[] = []
  const { recorderFor, flush } = publisher(client, { onDropped: (why) => dropped.push(why) })
  for (let at = 0; at < 30; at += 1) recorderFor('test').record(about, { type: 'Normal', reason: 'Chatty', message: `line ${at}` })
  const neighbor = { ...about, metadata: { ...about.metadata, name: 'mail', uid: 'another' } }
  recorderFor('test').record(neighbor, { type: 'Normal', reason: 'Chatty', message: 'a word' })
  await flush(30_000)
  expect(dropped).toEqual(Array.from({ length: 5 }, () => 'spam'))
  expect(await recordedIn(client, space)).toHaveLength(26)
})

test('while the API server is out of reach nobody waits, the queue has an end, and what was dropped is counted', async () => {
  const space = await namespace(testbed(), 'outage')
  await using client = clientFor(direct)
  const about = await configMap(client, space)
  await using faulty = await faultyAccess(testbed(), token)
  const { proxy, access } = faulty
  await using cutOff = clientFor(access, { deadlineMs: 500 })
  const dropped: string[] = []
  const { recorderFor, flush } = publisher(cutOff, { maxQueued: 3, onDropped: (why) => dropped.push(why) })
  proxy.freeze()
  for (let at = 0; at < 12; at += 1) recorderFor('test').record(about, { type: 'Normal', reason: 'Outage', message: `line ${at}` })
  expect(dropped).toEqual(Array.from({ length: dropped.length }, () => 'full'))
  expect(dropped.length).toBeGreaterThanOrEqual(5)
  await flush(1) // gives up waiting
  proxy.thaw()
  await vi.waitFor(async () => expect((await recordedIn(client, space)).length).toBe(12 - dropped.length), patiently)
})
