import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { clusterIssuers } from '../../src/crds/resources.ts'
import type { Cluster } from '../../src/kube/cluster.ts'
import { leases } from '../../src/kube/kinds.ts'
import { openClusterClient } from '../testbed/cluster-client.ts'
import type { ClusterClient } from '../testbed/cluster-client.ts'
import { operatorLog, startOperator } from '../testbed/operator.ts'
import type { Operator, OperatorOptions } from '../testbed/operator.ts'
import { sharedTestbed } from '../testbed/shared.ts'
import type { Testbed } from '../testbed/testbed.ts'
import { conditionOf, newUser } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { keyMaterialIn } from './key-material.ts'
import { clusterCaManifests } from './manifests.ts'
import { waitFor } from './wait-for.ts'

/** A cluster on which the operator is installed as users do it, and whoever runs in it. */
export interface OperatorUnderTest {
  readonly testbed: Testbed
  readonly cluster: Cluster
  /** Makes a namespace and its user. */
  readonly user: (namespace: string) => Promise<ClusterUser>
  /** Starts another operator. All are stopped at the end. */
  readonly start: (options?: OperatorOptions) => Promise<Operator>
  /** The first of those that run. */
  readonly operator: () => Operator
  /** Ends it without a chance to tidy up, and frees its lease, so that the next life need not wait until that has run out. */
  readonly kill: (operator: Operator) => Promise<void>
  /** All that were ever started, for their logs. */
  readonly operators: readonly Operator[]
}

export interface OperatorUnderTestOptions {
  /** Names the folder of the testbed. */
  readonly name: string
  /** Flags of the operator that is started; undefined: the file starts its own. */
  readonly flags?: readonly string[]
  readonly startsOwn?: boolean
}

/** Gives a test file a cluster with the operator and the ClusterIssuer `ca`. Use what it returns within tests and hooks. */
export function operatorUnderTest({ name, flags = [], startsOwn = false }: OperatorUnderTestOptions): () => OperatorUnderTest {
  const testbed = sharedTestbed({ name, installed: 'operator' })
  const operators: Operator[] = []
  let client: ClusterClient | undefined
  let current: OperatorUnderTest | undefined

  beforeAll(async () => {
    client = await openClusterClient(testbed().kubeconfig)
    current = underTest(testbed(), client.cluster, operators)
    if (startsOwn) return
    await current.start({ flags })
    await installClusterCa(current)
  })
  afterAll(async () => {
    for (const operator of operators) await operator.stop()
    await client?.close()
  })
  return () => {
    if (current === undefined) throw new Error('the operator starts in beforeAll: call this within a test or a hook')
    return current
  }
}

function underTest(testbed: Testbed, cluster: Cluster, operators: Operator[]): OperatorUnderTest {
  return {
    testbed,
    cluster,
    operators,
    user: (namespace) => newUser(testbed, cluster, namespace),
    start: async (options) => {
      const operator = await startOperator(testbed, { entry: inject('operatorEntry'), ...options })
      operators.push(operator)
      return operator
    },
    operator: () => {
      const running = operators.find((operator) => operator.isRunning())
      if (running === undefined) throw new Error('no operator runs')
      return running
    },
    kill: async (operator) => {
      await operator.stop('SIGKILL')
      const held = await cluster.get(leases, leaseName, never)
      if (held !== undefined) await cluster.delete(leases, held, never)
    },
  }
}

const leaseName = { namespace: 'kube-system', name: 'cert-manager-controller' }
const never = new AbortController().signal

/** Makes the ClusterIssuer `ca` and waits until it can sign. */
export async function installClusterCa({ testbed, cluster }: OperatorUnderTest): Promise<void> {
  await testbed.apply(clusterCaManifests)
  await waitFor('the ClusterIssuer of the tests is Ready', async () => {
    const issuer = await cluster.get(clusterIssuers, { name: 'ca' }, new AbortController().signal)
    return conditionOf(issuer?.status, 'Ready')?.status === 'True' ? issuer : undefined
  })
}

/** The last tests of a file: whatever the others did, no reconcile broke, and no private key is where it does not belong. */
export function leavesNothingBehind(underTest: () => OperatorUnderTest): void {
  test('after all of this no reconcile has broken', async () => {
    for (const operator of underTest().operators) {
      const lines = await operatorLog(operator)
      expect(lines.length).toBeGreaterThan(0)
      expect(lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
    }
  })

  test('after all of this no private key of the cluster stands in a log, an Event, a condition or a metric', async () => {
    const { linesSearched, found } = await keyMaterialIn(underTest())
    expect(linesSearched).toBeGreaterThan(0)
    expect(found).toEqual([])
  })
}
