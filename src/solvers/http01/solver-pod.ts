import { createHash } from 'node:crypto'

import { ownAnnotation, solverAnnotations } from '../../crds/annotations.ts'
import type { Challenge } from '../../crds/challenge.ts'
import type { PodTemplate } from '../../crds/pod-template.ts'
import type { New } from '../../kube/cluster.ts'
import type { Service } from '../../kube/kinds.ts'
import type { Pod, PodSpec } from '../../kube/pods.ts'
import { ownedByChallenge, solverLabels, solverObjectName } from './solver-metadata.ts'
import type { ServiceType } from './service-type.ts'
import { SOLVER_PORT } from './solver-service.ts'

/** What all solver pods have in common (`--acme-http01-solver-…`). */
export interface SolverPodOptions {
  readonly image: string
  /** `64Mi`, `100m`: as the API server reads them. */
  readonly requests: Quantities
  readonly limits: Quantities
  readonly runAsNonRoot: boolean
  /** Empty: that of the cluster. */
  readonly runtimeClassName: string
  readonly extraLabels: Readonly<Record<string, string>>
}

export interface Quantities {
  readonly cpu: string
  readonly memory: string
}

/** The pod that answers for one Challenge and for nothing else: no token of a service account, no root, nothing to write to. */
export function solverPod(
  challenge: Challenge,
  name: string,
  template: PodTemplate,
  options: SolverPodOptions,
): New<Pod> & { readonly spec: PodSpec } {
  const { namespace } = challenge.metadata
  const spec = podSpec(challenge, template, options)
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      // Ours last: by them the Service and we find the pod.
      labels: { ...options.extraLabels, ...template.metadata?.labels, ...solverLabels(challenge) },
      annotations: { ...solverAnnotations.pod, ...template.metadata?.annotations, [ownAnnotation.solverPodHash]: hashOf(spec) },
      ownerReferences: [ownedByChallenge(challenge)],
    },
    spec,
  }
}

/**
 * The name of the next pod of a Challenge. It is fixed by what stands there, so that no pod is made twice; while a former pod of the name
 * is still ending, which takes long when its node is lost, there is another name.
 */
export function solverPodName(challenge: Challenge, ending: readonly Pod[]): string {
  if (ending.length === 0) return solverObjectName(challenge)
  const former = ending.map(({ metadata }) => metadata.uid ?? '').toSorted()
  return solverObjectName({ ...challenge, metadata: { ...challenge.metadata, uid: [challenge.metadata.uid, ...former].join() } })
}

/** The Service in front of that pod. It is not labelled as the one that all Challenges share: its EndpointSlices are the control plane's. */
export function podService(challenge: Challenge, type: ServiceType, extraLabels: Readonly<Record<string, string>>): New<Service> {
  const { namespace } = challenge.metadata
  return {
    metadata: {
      name: solverObjectName(challenge),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...extraLabels, ...solverLabels(challenge) },
      annotations: solverAnnotations.service,
      ownerReferences: [ownedByChallenge(challenge)],
    },
    spec: {
      type,
      selector: solverLabels(challenge),
      ports: [{ name: PORT_NAME, port: SOLVER_PORT, protocol: 'TCP', targetPort: SOLVER_PORT }],
    },
  }
}

const PORT_NAME = 'http'

function podSpec(challenge: Challenge, { spec = {} }: PodTemplate, options: SolverPodOptions): PodSpec {
  const { affinity, priorityClassName, serviceAccountName, imagePullSecrets, tolerations } = spec
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: 'OnFailure',
    nodeSelector: { 'kubernetes.io/os': 'linux', ...spec.nodeSelector },
    // A template that says something about it says all of it.
    securityContext: spec.securityContext ?? { runAsNonRoot: options.runAsNonRoot, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [solverContainer(challenge, spec.resources, options)],
    ...(options.runtimeClassName === '' ? {} : { runtimeClassName: options.runtimeClassName }),
    ...(affinity === undefined ? {} : { affinity }),
    ...(tolerations === undefined ? {} : { tolerations }),
    ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
    ...(priorityClassName === undefined || priorityClassName === '' ? {} : { priorityClassName }),
    ...(serviceAccountName === undefined || serviceAccountName === '' ? {} : { serviceAccountName }),
  }
}

function solverContainer(
  { spec }: Challenge,
  resources: NonNullable<PodTemplate['spec']>['resources'],
  options: SolverPodOptions,
): PodSpec['containers'][number] {
  return {
    name: 'acmesolver',
    image: options.image,
    imagePullPolicy: 'IfNotPresent',
    // The solver of cert-manager, where its image is named, takes no notice of the first.
    args: ['acmesolver', `--listen-port=${SOLVER_PORT}`, `--domain=${spec.dnsName}`, `--token=${spec.token}`, `--key=${spec.key}`],
    resources: {
      requests: { ...options.requests, ...resources?.requests },
      limits: { ...options.limits, ...resources?.limits },
    },
    ports: [{ name: PORT_NAME, containerPort: SOLVER_PORT, protocol: 'TCP' }],
    securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  }
}

function hashOf(spec: PodSpec): string {
  return createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 16)
}
