import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Http01Ingress } from '../../src/crds/issuer.ts'
import type { Certificate } from '../../src/crds/certificate.ts'
import { challenges, issuers } from '../../src/crds/resources.ts'
import { endpointSlices, ingresses, services } from '../../src/kube/kinds.ts'
import { pods } from '../../src/kube/pods.ts'
import type { Pod } from '../../src/kube/pods.ts'
import { mayStartPods } from '../testbed/may-start-pods.ts'
import { startPodlet } from '../testbed/podlet.ts'
import type { Podlet } from '../testbed/podlet.ts'
import { acmeSite } from './acme-site.ts'
import type { ClusterUser } from './cluster-user.ts'
import { quickKey } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { leafIn } from './stored.ts'
import { waitFor } from './wait-for.ts'

const site = acmeSite('acme-pods')
const flags = [
  '--acme-http01-solver-pods=on-request',
  '--acme-http01-solver-image=registry.example/certwright:1',
  '--acme-http01-solver-extra-labels=team=edge',
]
let podlet: Podlet

beforeAll(async () => {
  const { start, underTest } = site()
  await underTest.testbed.apply(JSON.stringify(mayStartPods))
  podlet = await startPodlet(underTest.testbed, { program: inject('operatorEntry') })
  await start({ flags })
})
afterAll(() => podlet[Symbol.asyncDispose]())

/** A user with the Issuer `acme`, whose solver asks for pods unless told otherwise, and how she asks it for a name. */
async function customer(namespace: string, more: Http01Ingress = {}, waits?: string) {
  const user = await site().underTest.user(namespace)
  const ingress = { ingressClassName: site().ingress.className, podTemplate: {}, ...more }
  const solver = { http01: { ingress }, ...(waits === undefined ? {} : { waitInsteadOfSelfCheck: waits }) }
  await user.create(issuers, 'acme', { spec: site().issuerSpec({ solvers: [solver] }) })
  const ask = (name: string, dnsName: string): Promise<Certificate> =>
    user.createCertificate(name, { secretName: name, dnsNames: [dnsName], privateKey: quickKey, issuerRef: { name: 'acme' } })
  return { user, ask }
}

describe('a solver with a podTemplate', () => {
  test('has its challenges answered by pods, which go with the Challenges, also where Pod Security enforces "restricted"', async () => {
    const { user, ask } = await customer('pods', { podTemplate: { metadata: { labels: { app: 'solver' } } } })
    await restrict(user)
    await Promise.all([ask('one', 'one.pods.example'), ask('two', 'two.pods.example')])
    await user.untilReady('one')
    await user.untilReady('two')
    expect(leafIn(await user.secret('two')).subjectAltName).toBe('DNS:two.pods.example')
    await untilNothingIsLeft(user)
    expect((await user.list(endpointSlices)).filter(({ metadata }) => metadata.name.startsWith('cm-acme-http-solver-ipv4'))).toEqual([])
  })

  test('has a pod, a Service and an Ingress of the shape that cert-manager gives them, with what the template adds', async () => {
    podlet.hold()
    const { user, ask } = await customer('shape', {
      podTemplate: {
        metadata: { annotations: { note: 'mine' }, labels: { app: 'solver', 'acme.cert-manager.io/http-token': 'mine' } },
        spec: {
          nodeSelector: { pool: 'edge' },
          tolerations: [{ key: 'edge', operator: 'Exists' }],
          resources: { limits: { memory: '128Mi' } },
          imagePullSecrets: [{ name: 'registry' }],
        },
      },
    })
    await ask('web', 'shape.pods.example')
    const pod = await untilPod(user, () => true)
    const [challenge] = await user.list(challenges)
    const { token = '', key = '' } = challenge?.spec ?? {}
    const owner = { kind: 'Challenge', name: challenge?.metadata.name, uid: challenge?.metadata.uid, controller: true }
    expect(pod.metadata).toMatchObject({
      name: expect.stringMatching(/^cm-acme-http-solver-/),
      labels: { app: 'solver', team: 'edge', 'acme.cert-manager.io/http01-solver': 'true' },
      annotations: { note: 'mine', 'sidecar.istio.io/inject': 'false', 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' },
      ownerReferences: [owner],
    })
    expect(pod.spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'OnFailure',
      nodeSelector: { 'kubernetes.io/os': 'linux', pool: 'edge' },
      imagePullSecrets: [{ name: 'registry' }],
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'acmesolver',
          image: 'registry.example/certwright:1',
          args: ['acmesolver', '--listen-port=8089', '--domain=shape.pods.example', `--token=${token}`, `--key=${key}`],
          resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '100m', memory: '128Mi' } },
        },
      ],
    })
    expect(pod.spec?.tolerations).toContainEqual({ key: 'edge', operator: 'Exists' })
    const [service] = await user.list(services)
    expect(service?.metadata).toMatchObject({
      labels: { team: 'edge' },
      annotations: { 'auth.istio.io/8089': 'NONE' },
      ownerReferences: [owner],
    })
    expect(service?.spec).toMatchObject({ type: 'NodePort', ports: [{ name: 'http', port: 8089, targetPort: 8089 }] })
    expect(pod.metadata.labels).toMatchObject(service?.spec?.selector ?? { 'no such label': '' })
    const ingress = await waitFor('the Ingress', async () => (await user.list(ingresses))[0])
    expect(ingress.spec?.rules?.[0]?.http?.paths[0]?.backend).toEqual({
      service: { name: service?.metadata.name, port: { number: 8089 } },
    })
    await untilReason(user, /the solver pod .* is not ready \(Pending\)/)
    podlet.release()
    await user.untilReady('web')
    await untilNothingIsLeft(user)
  })

  test('that waits instead of a self-check begins to wait when the pod is ready', async () => {
    podlet.hold()
    const { user, ask } = await customer('waits', {}, '1s')
    await ask('web', 'waits.pods.example')
    await untilReason(user, /^Waiting to ask the CA: the solver pod .* is not ready/)
    podlet.release()
    expect((await user.untilReady('web')).status?.failedIssuanceAttempts).toBeUndefined()
  })

  test('gets another pod when somebody deletes it, also while the old one is still ending, and its Service is put back', async () => {
    podlet.hold()
    const { user, ask } = await customer('deleted')
    await ask('web', 'deleted.pods.example')
    const first = await untilPod(user, () => true)
    await user.edit(pods, first.metadata.name, { metadata: { finalizers: ['example.com/lingers'] } })
    await user.remove(pods, first.metadata.name)
    const second = await untilPod(user, ({ metadata }) => metadata.deletionTimestamp === undefined)
    expect(second.metadata.name).not.toBe(first.metadata.name)
    const [service] = await user.list(services)
    const name = service?.metadata.name ?? ''
    await user.remove(services, name)
    await user.until(services, name, ({ metadata }) => metadata.uid !== service?.metadata.uid)
    podlet.release()
    await user.untilReady('web')
    await user.edit(pods, first.metadata.name, { metadata: { finalizers: null } })
    await untilNothingIsLeft(user)
  })

  test('is replaced when its template was the fault, and what the API server says against one is on the Challenge', async () => {
    podlet.hold()
    const { user, ask } = await customer('mended', { podTemplate: { spec: { priorityClassName: 'no-such-class' } } })
    await ask('web', 'mended.pods.example')
    await untilReason(user, /no-such-class/)
    const template = (nodeSelector: Readonly<Record<string, string>>) => ({
      spec: site().issuerSpec({
        solvers: [{ http01: { ingress: { ingressClassName: site().ingress.className, podTemplate: { spec: { nodeSelector } } } } }],
      }),
    })
    await user.edit(issuers, 'acme', template({ pool: 'wrong' }))
    const wrong = await untilPod(user, () => true)
    await user.edit(issuers, 'acme', template({ pool: 'right' }))
    const right = await untilPod(user, ({ metadata }) => metadata.uid !== wrong.metadata.uid)
    expect(right.spec?.nodeSelector).toMatchObject({ pool: 'right' })
    podlet.release()
    await user.untilReady('web')
    await untilNothingIsLeft(user)
  })
})

describe('who gives the answer', () => {
  test('a solver without a podTemplate is answered by the operator', async () => {
    const before = podlet.started.length
    const user = await site().underTest.user('plain')
    await user.create(issuers, 'acme', { spec: site().issuerSpec() })
    await user.createCertificate('web', {
      secretName: 'web',
      dnsNames: ['plain.pods.example'],
      privateKey: quickKey,
      issuerRef: { name: 'acme' },
    })
    await user.untilReady('web')
    expect(podlet.started.length).toBe(before)
    expect((await user.get(services, 'cm-acme-http-solver')).metadata.labels).toMatchObject({ team: 'edge' })
  })

  test('a challenge that is under way is handed over when the operator starts again without pods', async () => {
    podlet.hold()
    const { user, ask } = await customer('handed-over')
    await ask('web', 'handed-over.pods.example')
    await untilPod(user, () => true)
    await site().underTest.operator().stop()
    await site().start({ flags: ['--acme-http01-solver-pods=never'] })
    await user.untilReady('web')
    podlet.release()
    await untilNoneIsLeft(user)
  })

  test('with "always" no podTemplate is needed', async () => {
    await site().underTest.operator().stop()
    await site().start({ flags: ['--acme-http01-solver-pods=always'] })
    const before = podlet.started.length
    const user = await site().underTest.user('always')
    await user.create(issuers, 'acme', { spec: site().issuerSpec() })
    await user.createCertificate('web', {
      secretName: 'web',
      dnsNames: ['always.pods.example'],
      privateKey: quickKey,
      issuerRef: { name: 'acme' },
    })
    await user.untilReady('web')
    expect(podlet.started.length).toBe(before + 1)
    await untilNothingIsLeft(user)
  })
})

test('an operator that may not touch pods says so on the Challenge, and goes on once it may', async () => {
  const { testbed, operator } = site().underTest
  await operator().stop()
  await testbed.kubectl(['delete', 'clusterrolebinding', 'solver-pods'])
  await site().start({ flags })
  const { user, ask } = await customer('forbidden')
  await ask('web', 'forbidden.pods.example')
  await untilReason(user, /may the operator list them\?/)
  await testbed.apply(JSON.stringify(mayStartPods))
  await user.untilReady('web')
})

leavesNothingBehind(() => site().underTest)

async function restrict({ namespace }: ClusterUser): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await site().underTest.testbed.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }))
}

function untilPod(user: ClusterUser, is: (pod: Pod) => boolean): Promise<Pod> {
  return waitFor('the solver pod', async () => (await user.list(pods)).find(is))
}

function untilReason(user: ClusterUser, reason: RegExp): Promise<unknown> {
  return waitFor(`the reason ${reason.source} on the Challenge`, async () =>
    (await user.list(challenges)).find(({ status }) => reason.test(status?.reason ?? '')),
  )
}

async function untilNothingIsLeft(user: ClusterUser): Promise<void> {
  await untilNoneIsLeft(user)
  await waitFor('no Service is left', async () => ((await user.list(services)).length === 0 ? true : undefined))
}

function untilNoneIsLeft(user: ClusterUser): Promise<true> {
  return waitFor('nothing is left', async () => {
    const left = [...(await user.list(challenges)), ...(await user.list(pods)), ...(await user.list(ingresses))]
    return left.length === 0 ? true : undefined
  })
}
