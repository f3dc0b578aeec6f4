import { expect, test } from 'vitest'

import type { Challenge } from '../../crds/challenge.ts'
import type { PodTemplate } from '../../crds/pod-template.ts'
import type { Pod } from '../../kube/pods.ts'
import { solverPod, solverPodName } from './solver-pod.ts'
import { projectSolverPod, solverPodState, whyNotReady } from './solver-pod-state.ts'

const challenge: Challenge = {
  apiVersion: 'acme.cert-manager.io/v1',
  kind: 'Challenge',
  metadata: { name: 'web-1-1-1', namespace: 'shop', uid: 'c1' },
  spec: {
    url: 'u',
    authorizationURL: 'a',
    dnsName: 'a.example',
    type: 'HTTP-01',
    token: 'tok',
    key: 'tok.thumbprint',
    solver: {},
    issuerRef: { name: 'le' },
  },
}
const options = {
  image: 'certwright/certwright:1',
  requests: { cpu: '10m', memory: '64Mi' },
  limits: { cpu: '100m', memory: '64Mi' },
  runAsNonRoot: true,
  runtimeClassName: '',
  extraLabels: { team: 'edge', 'acme.cert-manager.io/http-token': 'mine' },
}
const podOf = (template: PodTemplate, more: Partial<typeof options> = {}) => solverPod(challenge, 'p', template, { ...options, ...more })

test('labels by which the Service finds the pod are not to be taken away by flags or templates; others are', () => {
  const { labels } = podOf({ metadata: { labels: { team: 'web', 'acme.cert-manager.io/http01-solver': 'no' } } }).metadata
  expect(labels).toEqual({
    team: 'web',
    'acme.cert-manager.io/http01-solver': 'true',
    'acme.cert-manager.io/http-domain': '278594428',
    'acme.cert-manager.io/http-token': '44564815',
  })
})

test.each<[what: string, spec: NonNullable<PodTemplate['spec']>, then: object]>([
  ['nodes besides Linux', { nodeSelector: { pool: 'edge' } }, { nodeSelector: { 'kubernetes.io/os': 'linux', pool: 'edge' } }],
  ['other nodes', { nodeSelector: { 'kubernetes.io/os': 'windows' } }, { nodeSelector: { 'kubernetes.io/os': 'windows' } }],
  ['a service account', { serviceAccountName: 'solver' }, { serviceAccountName: 'solver', automountServiceAccountToken: false }],
  ['a priority class', { priorityClassName: 'low' }, { priorityClassName: 'low' }],
  ['tolerations', { tolerations: [{ key: 'a', operator: 'Exists' }] }, { tolerations: [{ key: 'a', operator: 'Exists' }] }],
  ['secrets for the image', { imagePullSecrets: [{ name: 'registry' }] }, { imagePullSecrets: [{ name: 'registry' }] }],
  ['a security context', { securityContext: { runAsUser: 1000 } }, { securityContext: { runAsUser: 1000 } }],
  ['affinity', { affinity: { nodeAffinity: {} } }, { affinity: { nodeAffinity: {} } }],
])('a template with %s is followed', (_what, spec, then) => {
  expect(podOf({ spec }).spec).toMatchObject(then)
})

test('a security context of the template takes the place of the whole default', () => {
  expect(podOf({ spec: { securityContext: { runAsUser: 1000 } } }).spec.securityContext).toEqual({ runAsUser: 1000 })
})

test('resources of the template are merged over those of the flags', () => {
  expect(podOf({ spec: { resources: { requests: { cpu: '1m' }, limits: { memory: '1Gi' } } } }).spec.containers[0]?.resources).toEqual({
    requests: { cpu: '1m', memory: '64Mi' },
    limits: { cpu: '100m', memory: '1Gi' },
  })
})

test.each([
  ['', undefined],
  ['gvisor', 'gvisor'],
])('with the runtime class "%s" the pod has %s', (runtimeClassName, then) => {
  expect(podOf({}, { runtimeClassName }).spec.runtimeClassName).toBe(then)
})

const standing = (status: Pod['status'], more: Partial<Pod['metadata']> = {}): Pod => {
  const { metadata } = podOf({})
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, uid: 'p1', ...more }, status: status ?? {} }
}
const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
const pending = { phase: 'Pending' }

test.each<[what: string, pod: Pod, template: PodTemplate, state: ReturnType<typeof solverPodState>]>([
  ['that is ready', standing(ready), {}, 'ready'],
  ['that is ready, of an older template', standing(ready), { spec: { nodeSelector: { pool: 'new' } } }, 'ready'],
  ['that is pending', standing(pending), {}, 'starting'],
  ['that is pending, of an older template', standing(pending), { spec: { nodeSelector: { pool: 'new' } } }, 'useless'],
  ['that is pending and not of our making', standing(pending, { annotations: {} }), {}, 'starting'],
  ['that was evicted', standing({ phase: 'Failed' }), {}, 'useless'],
  ['that has ended', standing({ phase: 'Succeeded' }), {}, 'useless'],
  ['that is being deleted', standing(ready, { deletionTimestamp: '2026-01-01T00:00:00Z' }), {}, 'ending'],
])('a pod %s is %4$s', (_what, pod, template, state) => {
  expect(solverPodState(pod, podOf(template))).toBe(state)
})

test('the name of a pod is always the same for what stands there, and another one while a former pod ends', () => {
  const first = standing(ready, { uid: 'p1' })
  const second = standing(ready, { uid: 'p2' })
  const names = [[], [first], [second], [first, second]].map((ending) => solverPodName(challenge, ending))
  expect(new Set(names).size).toBe(4)
  expect(solverPodName(challenge, [second, first])).toBe(names[3])
  expect(names.every((name) => /^cm-acme-http-solver-[0-9a-f]{10}$/.test(name))).toBe(true)
})

test.each<[why: string, status: NonNullable<Pod['status']>]>([
  ['the solver pod p is not ready (Pending)', {}],
  [
    'the solver pod p is not ready (Pending; Unschedulable: 0/3 nodes are available)',
    {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' }],
    },
  ],
  [
    'the solver pod p is not ready (Pending; ErrImagePull: not found)',
    {
      phase: 'Pending',
      containerStatuses: [{ name: 'acmesolver', state: { waiting: { reason: 'ErrImagePull', message: 'not\u0007 found' } } }],
    },
  ],
])('%s', (why, status) => {
  expect(whyNotReady(standing(status))).toBe(why)
})

test('the cache keeps neither the spec of a pod nor who wrote which field', () => {
  const raw = { ...standing(ready), spec: podOf({}).spec, metadata: { ...standing(ready).metadata, managedFields: [{}] } } as Pod
  expect(projectSolverPod(raw)).toEqual(standing(ready))
})
