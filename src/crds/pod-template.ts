import type { TypeOf } from './schema.ts'
import { flag, integer, keyedList, list, map, object, quantity, required, text } from './schema.ts'

// The parts of a pod that a solver pod may set, in the shape of core/v1. Their meaning is that of the pod API, so they carry no descriptions.

const atomic = { 'x-kubernetes-map-type': 'atomic' } as const
const strings = list(text())

const requirements = list(object(undefined, { key: required(text()), operator: required(text()), values: strings }))
const labelSelector = object(undefined, { matchExpressions: requirements, matchLabels: map(text()) }, atomic)
const nodeSelectorTerm = object(undefined, { matchExpressions: requirements, matchFields: requirements }, atomic)

const podAffinityTerm = object(undefined, {
  labelSelector,
  matchLabelKeys: strings,
  mismatchLabelKeys: strings,
  namespaceSelector: labelSelector,
  namespaces: strings,
  topologyKey: required(text()),
})

const weight = required(integer(undefined, { format: 'int32' }))
const podAffinity = object(undefined, {
  preferredDuringSchedulingIgnoredDuringExecution: list(object(undefined, { podAffinityTerm: required(podAffinityTerm), weight })),
  requiredDuringSchedulingIgnoredDuringExecution: list(podAffinityTerm),
})

const affinity = object('Where the pod may and should run.', {
  nodeAffinity: object(undefined, {
    preferredDuringSchedulingIgnoredDuringExecution: list(object(undefined, { preference: required(nodeSelectorTerm), weight })),
    requiredDuringSchedulingIgnoredDuringExecution: object(undefined, { nodeSelectorTerms: required(list(nodeSelectorTerm)) }, atomic),
  }),
  podAffinity,
  podAntiAffinity: podAffinity,
})

const int64 = integer(undefined, { format: 'int64' })
const securityContext = object('Security attributes of the pod.', {
  fsGroup: int64,
  fsGroupChangePolicy: text(),
  runAsGroup: int64,
  runAsNonRoot: flag(),
  runAsUser: int64,
  seLinuxOptions: object(undefined, { level: text(), role: text(), type: text(), user: text() }),
  seccompProfile: object(undefined, { localhostProfile: text(), type: required(text()) }),
  supplementalGroups: list(int64),
  sysctls: list(object(undefined, { name: required(text()), value: required(text()) })),
})

const tolerations = list(
  object(undefined, { effect: text(), key: text(), operator: text(), tolerationSeconds: int64, value: text() }),
  'Taints that the pod tolerates.',
)

const imagePullSecrets = keyedList(
  object(undefined, { name: text(undefined, { default: '' }) }, atomic),
  ['name'],
  'Secrets for the image registry.',
)

/** Labels and annotations for something that the operator makes. */
export const templateMetadata = object('Labels and annotations to add.', {
  annotations: map(text(), 'Annotations to add.'),
  labels: map(text(), 'Labels to add.'),
})

/** How a solver pod differs from the default. */
export const podTemplate = object('Asks for a solver pod, and says how it differs from the default.', {
  metadata: templateMetadata,
  spec: object('Settings of the pod.', {
    affinity,
    imagePullSecrets,
    nodeSelector: map(text(), 'Labels of the nodes on which the pod may run.'),
    priorityClassName: text('Priority class of the pod.'),
    resources: object('Resources of the container.', { limits: map(quantity()), requests: map(quantity()) }),
    securityContext,
    serviceAccountName: text('Service account of the pod.'),
    tolerations,
  }),
})
export interface PodTemplate extends TypeOf<typeof podTemplate> {}
