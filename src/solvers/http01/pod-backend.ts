import type { Challenge } from '../../crds/challenge.ts'
import type { AcmeSolver } from '../../crds/issuer.ts'
import type { PodTemplate } from '../../crds/pod-template.ts'
import type { ObjectName, Resource } from '../../crds/resource.ts'
import type { Cluster, New } from '../../kube/cluster.ts'
import type { Service } from '../../kube/kinds.ts'
import { services as serviceResource } from '../../kube/kinds.ts'
import { pods as podResource, type Pod, type PodCondition } from '../../kube/pods.ts'
import { isKubeApiError, KubeApiError } from '../../kube/kube-api-error.ts'
import type { Index, Informer } from '../../kube/lister.ts'
import { parseRfc3339 } from '../../lib/instant.ts'
import { covers } from '../../lib/covers.ts'
import type { Presentation, PresentOutcome } from '../solver.ts'
import type { ServiceType } from './service-type.ts'
import { serviceTypeOf } from './service-type.ts'
import type { SolverBackend } from './solver-backend.ts'
import { controllerUids, solverObjectName } from './solver-metadata.ts'
import { podService, solverPod, solverPodName, type SolverPodOptions } from './solver-pod.ts'
import { solverPodState, whyNotReady } from './solver-pod-state.ts'

export interface PodBackendDeps {
  readonly cluster: Cluster
  /** Those labelled `acme.cert-manager.io/http01-solver=true`. */
  readonly pods: Informer<Pod>
  readonly services: Informer<Service>
  readonly defaultServiceType: ServiceType
  readonly pod: SolverPodOptions
}

const FIELD_MANAGER = 'certwright'

/** A pod of the Challenge's own, behind a Service of its own, as cert-manager has it. Adds indexes: make it before the informers start. */
export function podBackend(deps: PodBackendDeps): SolverBackend {
  const found: Found = { pods: deps.pods.index(controllerUids), services: deps.services.index(controllerUids) }
  return {
    service: solverObjectName,
    isRight: (presentation) => isRight(deps, found, presentation),
    ensure: async (presentation, signal) => {
      // What stands there is known only then; a pod that serves would else be taken for somebody else's.
      if (!deps.pods.isSynced())
        return { kind: 'waiting', why: 'solver pods are asked for, and the pods of the cluster are not known; may the operator list them?' }
      const service = await ensureService(deps, found, presentation, signal)
      return service.kind === 'waiting' ? service : ensurePod(deps, found, presentation, signal)
    },
    obstacle: (challenge) => {
      const [pod] = livePods(found, challenge)
      if (pod === undefined) return 'its solver pod is missing'
      return isReady(pod) ? undefined : whyNotReady(pod)
    },
    readySince: (challenge) => {
      const [pod] = livePods(found, challenge)
      return pod === undefined ? undefined : parseRfc3339(readyConditionOf(pod)?.lastTransitionTime)
    },
    stands: (challenge) => livePods(found, challenge).length > 0 || found.services(uidOf(challenge)).length > 0,
    cleanUp: async (challenge, signal) => {
      for (const pod of found.pods(uidOf(challenge))) if (!isEnding(pod)) await deps.cluster.delete(podResource, pod, signal)
      for (const service of found.services(uidOf(challenge))) await deps.cluster.delete(serviceResource, service, signal)
    },
  }
}

/** What belongs to a Challenge, by its UID. */
interface Found {
  readonly pods: Index<Pod>
  readonly services: Index<Service>
}

function isRight(deps: PodBackendDeps, found: Found, presentation: Presentation): boolean {
  const { challenge } = presentation
  const pods = livePods(found, challenge)
  const service = found.services(uidOf(challenge)).find(({ metadata }) => metadata.name === solverObjectName(challenge))
  return (
    pods.length === 1 &&
    pods.every((pod) => solverPodState(pod, wantedPod(deps, presentation)) !== 'useless') &&
    service !== undefined &&
    isServiceRight(service, wantedService(deps, presentation))
  )
}

async function ensurePod(deps: PodBackendDeps, found: Found, presentation: Presentation, signal: AbortSignal): Promise<PresentOutcome> {
  const { challenge } = presentation
  const ending = found.pods(uidOf(challenge)).filter(isEnding)
  const wanted = wantedPod(deps, presentation, ending)
  const live = livePods(found, challenge)
  const useful = live.filter((pod) => solverPodState(pod, wanted) !== 'useless')
  const [kept] = useful.toSorted((a, b) => Number(isReady(b)) - Number(isReady(a)) || a.metadata.name.localeCompare(b.metadata.name))
  for (const pod of live) if (pod !== kept) await deps.cluster.delete(podResource, pod, signal)
  if (kept !== undefined) return { kind: 'presented' }
  if (useful.length < live.length) return { kind: 'waiting', why: 'a solver pod that cannot serve is being replaced' }
  return createOwn(deps, podResource, { wanted, challenge }, signal)
}

async function ensureService(deps: PodBackendDeps, found: Found, presentation: Presentation, signal: AbortSignal): Promise<PresentOutcome> {
  const { cluster } = deps
  const wanted = wantedService(deps, presentation)
  const own = found.services(uidOf(presentation.challenge))
  const existing = own.find(({ metadata }) => metadata.name === wanted.metadata.name)
  if (existing === undefined) return createOwn(deps, serviceResource, { wanted, challenge: presentation.challenge }, signal)
  if (isServiceRight(existing, wanted)) return { kind: 'presented' }
  const patch = { metadata: { labels: wanted.metadata.labels }, spec: { ...wanted.spec, selector: selectorPatch(existing, wanted) } }
  await cluster.patch(serviceResource, existing, patch, { fieldManager: FIELD_MANAGER }, signal)
  return { kind: 'presented' }
}

/** What the API server says against a pod or a Service is for the user to read: a quota, a policy, a template that cannot be. */
async function createOwn<T extends Pod | Service>(
  { cluster }: PodBackendDeps,
  resource: Resource<T>,
  { wanted, challenge }: { readonly wanted: New<T>; readonly challenge: Challenge },
  signal: AbortSignal,
): Promise<PresentOutcome> {
  try {
    await cluster.create(resource, wanted, { fieldManager: FIELD_MANAGER }, signal)
    return { kind: 'presented' }
  } catch (error) {
    if (isKubeApiError(error, 'AlreadyExists')) return replaceHidden(cluster, resource, { name: wanted.metadata, challenge }, signal)
    if (!(error instanceof KubeApiError) || !REFUSALS.includes(error.status)) throw error
    return { kind: 'waiting', why: `what solves the challenge is refused: ${error.message}` }
  }
}

/** Bad request, forbidden, invalid. */
const REFUSALS: readonly number[] = [400, 403, 422]

/** The cache does not show what stands there: somebody took our labels from it, or it is somebody else's. */
async function replaceHidden<T extends Pod | Service>(
  cluster: Cluster,
  resource: Resource<T>,
  { name, challenge }: { readonly name: ObjectName; readonly challenge: Challenge },
  signal: AbortSignal,
): Promise<PresentOutcome> {
  const what = `${resource.kind} ${name.name}`
  const standing = await cluster.get(resource, name, signal)
  if (standing === undefined) return { kind: 'waiting', why: `the ${what} is just being deleted` }
  if (!controllerUids(standing).includes(uidOf(challenge)))
    return { kind: 'waiting', why: `the ${what} in this namespace belongs to somebody else; rename it` }
  await cluster.delete(resource, standing, signal)
  return { kind: 'waiting', why: `the ${what} has lost its labels and is being replaced` }
}

/** A NodePort Service serves those who asked for ClusterIP as well; what the API server adds to it is no fault. */
function isServiceRight({ metadata, spec }: Service, wanted: New<Service>): boolean {
  const { type, selector, ports } = wanted.spec ?? {}
  return (
    covers(metadata.labels, wanted.metadata.labels) &&
    (spec?.type === 'NodePort' || spec?.type === type) &&
    covers(spec?.selector, selector) &&
    Object.keys(spec?.selector ?? {}).length === Object.keys(selector ?? {}).length &&
    covers(spec?.ports, ports)
  )
}

/** A merge patch takes away only what it names. */
function selectorPatch({ spec }: Service, wanted: New<Service>): Readonly<Record<string, string | null>> {
  const strange = Object.keys(spec?.selector ?? {}).map((key) => [key, null] as const)
  return { ...Object.fromEntries(strange), ...wanted.spec?.selector }
}

function wantedPod({ pod }: PodBackendDeps, { challenge, solver }: Presentation, ending: readonly Pod[] = []): New<Pod> {
  return solverPod(challenge, solverPodName(challenge, ending), podTemplateOf(solver) ?? {}, pod)
}

function wantedService({ pod, defaultServiceType }: PodBackendDeps, { challenge, solver }: Presentation): New<Service> {
  return podService(challenge, serviceTypeOf(solver) ?? defaultServiceType, pod.extraLabels)
}

/** The template by which a solver asks for a pod. */
export function podTemplateOf({ http01 }: AcmeSolver): PodTemplate | undefined {
  return (http01?.gatewayHTTPRoute ?? http01?.ingress)?.podTemplate
}

function livePods(found: Found, challenge: Challenge): readonly Pod[] {
  return found.pods(uidOf(challenge)).filter((pod) => !isEnding(pod))
}

function isEnding({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined
}

function readyConditionOf({ status }: Pod): PodCondition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready')
}

function isReady(pod: Pod): boolean {
  return readyConditionOf(pod)?.status === 'True'
}

function uidOf({ metadata }: Challenge): string {
  return metadata.uid ?? ''
}
