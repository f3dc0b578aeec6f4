import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { label } from '../../src/crds/labels.ts'
import type { ObjectMeta } from '../../src/crds/resource.ts'
import type { Pod } from '../../src/kube/pods.ts'
import { pods as podResource } from '../../src/kube/pods.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { toRfc3339 } from '../../src/lib/instant.ts'
import type { ClaimedAddress } from './addresses.ts'
import { openClusterClient } from './cluster-client.ts'
import type { Daemon } from './daemon.ts'
import { startDaemon } from './daemon.ts'
import type { Testbed } from './testbed.ts'

const nodeName = 'podlet'
const port = 8089

/** What a kubelet is to solver pods: runs what they say as a process at an address of its own, and tells the cluster so. */
export interface Podlet extends AsyncDisposable {
  /** The pods that were ever ready, by name. */
  readonly started: readonly string[]
  /** Pods begin to run only after this is over; until then they are Pending. */
  readonly hold: () => void
  readonly release: () => void
}

interface Running {
  readonly claimed: ClaimedAddress
  readonly daemon: Daemon
}

export interface PodletOptions {
  /** What runs in the pods: the operator's own program. */
  readonly program: string
  /** How long pulling the image takes, in milliseconds. Default 0. */
  readonly pullMs?: number
}

/** Makes a Node and runs every solver pod on it. Only within the network namespace of the tests. */
export async function startPodlet(testbed: Testbed, { program, pullMs = 0 }: PodletOptions): Promise<Podlet> {
  await testbed.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName } }))
  const client = await openClusterClient(testbed.kubeconfig)
  const stop = new AbortController()
  const running = new Map<string, Running>()
  const turns = new Map<string, Promise<void>>()
  const started: string[] = []
  let held: Promise<void> = Promise.resolve()
  let letGo = (): void => undefined

  const run = async (uid: string, pod: Pod): Promise<void> => {
    if (running.has(uid)) return
    await held
    await sleep(pullMs, undefined, { signal: stop.signal })
    const found = await client.cluster.get(podResource, pod.metadata, stop.signal)
    if (found?.metadata.uid !== uid || found.metadata.deletionTimestamp !== undefined) return
    await bind(testbed, pod.metadata)
    running.set(uid, await runPod(testbed, pod, program))
    const current = await client.cluster.get(podResource, pod.metadata, stop.signal)
    if (current === undefined) return
    // Before anybody else can know that it is ready.
    started.push(pod.metadata.name)
    await client.cluster.patchStatus(podResource, current, readyAt(running.get(uid)?.claimed.address ?? ''), fieldManager, stop.signal)
  }
  const end = async (uid: string): Promise<void> => {
    const found = running.get(uid)
    running.delete(uid)
    await found?.daemon.stop()
    found?.claimed.release()
  }
  const look = async ({ before, after }: { readonly before: Pod | undefined; readonly after: Pod | undefined }): Promise<void> => {
    const uid = (after ?? before)?.metadata.uid ?? ''
    if (after !== undefined && after.metadata.deletionTimestamp === undefined) return run(uid, after)
    await end(uid)
    if (after !== undefined) await forget(testbed, after.metadata)
  }

  const pods = client.cache.informer(podResource, { labelSelector: `${label.http01Solver}=true`, admits: () => true })
  pods.onChange((change) => {
    const uid = (change.after ?? change.before)?.metadata.uid ?? ''
    const turn = (turns.get(uid) ?? Promise.resolve()).then(() => look(change))
    // A pod that is deleted while it starts is no fault of anybody's.
    turns.set(
      uid,
      turn.catch(() => undefined),
    )
  })
  await client.cache.start(stop.signal)
  return {
    started,
    hold: () => {
      held = new Promise((resolve) => {
        letGo = resolve
      })
    },
    release: () => letGo(),
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      letGo()
      await Promise.all(turns.values())
      for (const uid of running.keys()) await end(uid)
      await client.close()
    },
  }
}

async function runPod(testbed: Testbed, { metadata, spec }: Pod, program: string): Promise<Running> {
  const claimed = await testbed.claimPodAddress()
  const daemon = await startDaemon({
    name: metadata.name,
    logFile: join(testbed.folder, 'logs', `${metadata.name}.log`),
    command: [
      process.execPath,
      program,
      ...(spec?.containers[0]?.args ?? []),
      // A pod has a network of its own; here all share one.
      `--listen-address=${claimed.address}`,
    ],
    isReady: async () => (await fetch(`http://${claimed.address}:${port}/`)).ok,
  })
  return { claimed, daemon }
}

const fieldManager = { fieldManager: 'podlet' }

function readyAt(address: string): NonNullable<Pod['status']> {
  const lastTransitionTime = toRfc3339(systemClock.now())
  const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime,
  }))
  return { phase: 'Running', podIP: address, podIPs: [{ ip: address }], conditions }
}

/** What the scheduler does. A pod that is on a node already stays there. */
async function bind(testbed: Testbed, { name, namespace = '' }: ObjectMeta): Promise<void> {
  const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target: { kind: 'Node', name: nodeName } }
  await testbed.kubectl(['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${name}/binding`, '-f', '-'], {
    input: JSON.stringify(binding),
  })
}

/** What the kubelet does last: without it a pod on a node stays for ever. */
async function forget(testbed: Testbed, { name, namespace = '' }: ObjectMeta): Promise<void> {
  await testbed.kubectl(['delete', 'pod', name, `--namespace=${namespace}`, '--grace-period=0', '--force', '--wait=false'])
}
