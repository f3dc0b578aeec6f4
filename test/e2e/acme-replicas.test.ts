import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { beforeAll, expect, test } from 'vitest'
import { challenges, issuers } from '../../src/crds/resources.ts'
import type { EndpointSlice } from '../../src/kube/kinds.ts'
import { endpointSlices, leases } from '../../src/kube/kinds.ts'
import { pods, type Pod } from '../../src/kube/pods.ts'
import type { Operator } from '../testbed/operator.ts'
import { acmeSite } from './acme-site.ts'
import type { ClusterUser } from './cluster-user.ts'
import { quickKey } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { waitFor } from './wait-for.ts'

const site = acmeSite('acme-replicas', { nonceRejectPercent: 0 })
/** The lease is looked at often, and outlasts a busy machine. */
const lease = ['--leader-election-lease-duration=30s', '--leader-election-renew-deadline=20s', '--leader-election-retry-period=500ms']
const leaseName = { namespace: 'kube-system', name: 'cert-manager-controller' }
const { signal } = new AbortController()
let leader: Operator
let standby: Operator
let user: ClusterUser

beforeAll(async () => {
  await site().underTest.testbed.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node' } }))
  leader = await site().start({ flags: lease })
  standby = await site().start({ flags: lease })
  user = await site().underTest.user('replicated')
  await user.create(issuers, 'patient', {
    spec: site().issuerSpec({
      privateKeySecretRef: { name: 'patient' },
      solvers: [{ ...site().httpSolver, waitInsteadOfSelfCheck: '1h' }],
    }),
  })
  await user.create(issuers, 'acme', { spec: site().issuerSpec() })
})

const podOf = ({ address }: Operator) => ({ namespace: 'cert-manager', name: `certwright-${address.replaceAll('.', '-')}` })

/** What the Deployment and the kubelet do: a pod of the chart's labels with the address of this operator, of which the cluster makes the rest. */
async function advertise(operator: Operator): Promise<void> {
  const labels = Object.fromEntries(
    [
      ['name', 'certwright'],
      ['instance', 'certwright'],
      ['component', 'controller'],
    ].map(([key = '', value]) => [`app.kubernetes.io/${key}`, value]),
  )
  const containers = [
    {
      name: 'certwright',
      image: 'certwright',
      ports: [{ name: 'http-metrics', containerPort: 9402 }],
      securityContext: {
        allowPrivilegeEscalation: false,
        runAsNonRoot: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
    },
  ]
  await site().underTest.testbed.apply(
    JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { ...podOf(operator), labels }, spec: { nodeName: 'node', containers } }),
  )
  await setReady(operator, 'True')
}

async function setReady(operator: Operator, status: 'True' | 'False'): Promise<void> {
  const { cluster } = site().underTest
  const pod = await cluster.get(pods, podOf(operator), signal)
  if (pod === undefined) throw new Error('the pod of the operator is gone')
  const { address } = operator
  const ready: Pod['status'] = { phase: 'Running', podIP: address, podIPs: [{ ip: address }], conditions: [{ type: 'Ready', status }] }
  await cluster.patchStatus(pods, pod, ready, { fieldManager: 'kubelet' }, signal)
}

const addressesIn = ({ endpoints }: EndpointSlice): readonly string[] => (endpoints ?? []).flatMap(({ addresses }) => addresses).toSorted()
const untilAnsweredBy = (...operators: readonly Operator[]) =>
  user.until(
    endpointSlices,
    'cm-acme-http-solver-ipv4',
    (slice) =>
      addressesIn(slice).join() ===
      operators
        .map(({ address }) => address)
        .toSorted()
        .join(),
  )
const certificateFrom = (issuer: string, name: string) =>
  user.createCertificate(name, {
    secretName: name,
    dnsNames: [`${name}.replicated.example`],
    privateKey: quickKey,
    issuerRef: { name: issuer },
  })

/** The answer to the challenge of `waiting`, by the operator itself. */
async function expectAnswerFrom({ http01Url }: Operator): Promise<void> {
  const [challenge] = (await user.list(challenges)).filter(({ spec }) => spec.dnsName === 'waiting.replicated.example')
  const url = `${http01Url}/.well-known/acme-challenge/${challenge?.spec.token ?? ''}`
  // `fetch` takes no Host header.
  const asked = request(url, { headers: { host: 'waiting.replicated.example' } }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  expect(await text(answer)).toBe(challenge?.spec.key)
}

test('as long as nothing is known of other replicas, a challenge leads to the leader', async () => {
  await certificateFrom('patient', 'waiting')
  await untilAnsweredBy(leader)
})

test('a challenge that is under way leads to every replica that is ready, each of which answers', async () => {
  await advertise(leader)
  await advertise(standby)
  await untilAnsweredBy(leader, standby)
  for (const operator of [leader, standby]) await expectAnswerFrom(operator)
})

test('a certificate is issued though the CA may ask any of them', async () => {
  await certificateFrom('acme', 'web')
  await user.untilReady('web')
})

test('a replica that listens to nobody is named by the self-check, and the CA is asked when it is no longer ready', async () => {
  const { testbed } = site().underTest
  const nobody = { ...standby, address: (await testbed.claimPodAddress()).address }
  await advertise(nobody)
  await untilAnsweredBy(leader, standby, nobody)
  await certificateFrom('acme', 'late')
  await waitFor('the Challenge names it', async () =>
    (await user.list(challenges)).find(
      ({ status }) => status?.reason?.includes(`not every replica of the operator: ${nobody.address}: `) === true,
    ),
  )
  await setReady(nobody, 'False')
  await user.untilReady('late')
})

test('when the leader dies, the other one goes on answering, and is led to alone once the cluster has noticed', async () => {
  await leader.stop('SIGKILL')
  await expectAnswerFrom(standby)
  // So that the other one need not wait until the lease of the dead has run out.
  const { cluster } = site().underTest
  const held = await cluster.get(leases, leaseName, signal)
  if (held !== undefined) await cluster.delete(leases, held, signal)
  await setReady(leader, 'False')
  await untilAnsweredBy(standby)
  await certificateFrom('acme', 'after')
  await user.untilReady('after')
})

leavesNothingBehind(() => site().underTest)
