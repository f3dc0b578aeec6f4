import { isIPv6 } from 'node:net'

import { solverAnnotations } from '../../crds/annotations.ts'
import { label } from '../../crds/labels.ts'
import type { ObjectName } from '../../crds/resource.ts'
import type { Cluster, New } from '../../kube/cluster.ts'
import type { EndpointSlice, Service, ServicePort } from '../../kube/kinds.ts'
import { endpointSlices as sliceResource, services as serviceResource } from '../../kube/kinds.ts'
import { isKubeApiError } from '../../kube/kube-api-error.ts'
import type { Lister } from '../../kube/lister.ts'
import { covers } from '../../lib/covers.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import type { PresentOutcome } from '../solver.ts'
import type { ServiceType } from './service-type.ts'

/** The Service of a namespace that leads to the operator: one for all its Challenges of a type. It has no selector; we write its EndpointSlices. */
export const SOLVER_SERVICE = 'cm-acme-http-solver'
/** The port that paths in Ingresses name. */
export const SOLVER_PORT = 8089
const SERVICE_NAME = 'kubernetes.io/service-name'
const MANAGED_BY = 'certwright'
const FIELD_MANAGER = 'certwright'

/** What such a Service looks like. */
export interface SolverServiceShape {
  readonly name: string
  readonly portName: string
  readonly port: number
  readonly annotations: Readonly<Record<string, string>>
}

export const http01Service: SolverServiceShape = {
  name: SOLVER_SERVICE,
  portName: 'http',
  port: SOLVER_PORT,
  annotations: solverAnnotations.service,
}

export interface SolverServices {
  readonly cluster: Cluster
  /** Those labelled `acme.cert-manager.io/http01-solver=true`. */
  readonly services: Lister<Service>
  readonly endpointSlices: Lister<EndpointSlice>
}

export interface SolverServiceDeps extends SolverServices {
  readonly shape: SolverServiceShape
  readonly extraLabels: Readonly<Record<string, string>>
  readonly answerAt: AnswerAt
}

/** Where the operator answers the CA. Never loopback or link-local: an EndpointSlice may not hold them. */
export interface AnswerAt {
  /** All of them; empty: this process does not know its own. */
  readonly addresses: () => readonly string[]
  /** Those of other replicas. */
  readonly others: () => readonly string[]
  readonly port: number
}

/** Whether the Service and its EndpointSlices stand as they should. */
export function isServiceRight(deps: SolverServiceDeps, namespace: string, type: ServiceType): boolean {
  const service = deps.services.get({ namespace, name: deps.shape.name })
  return (
    service !== undefined &&
    servicePatch(service, type, deps) === undefined &&
    unwantedSlices(deps, namespace).length === 0 &&
    wantedSlices(deps, namespace).every((wanted) => {
      const slice = deps.endpointSlices.get(wanted.metadata)
      return slice !== undefined && isSliceRight(slice, wanted)
    })
  )
}

/** Creates or repairs the Service and its EndpointSlices. */
export async function ensureService(
  deps: SolverServiceDeps,
  namespace: string,
  type: ServiceType,
  signal: AbortSignal,
): Promise<PresentOutcome> {
  const slices = wantedSlices(deps, namespace)
  if (slices.length === 0) return { kind: 'waiting', why: 'the operator does not know the address at which it can be reached' }
  const outcome = await ensureOnlyService(deps, namespace, type, signal)
  if (outcome.kind === 'waiting') return outcome
  for (const slice of slices) await ensureSlice(deps, slice, signal)
  for (const slice of unwantedSlices(deps, namespace)) await deps.cluster.delete(sliceResource, slice, signal)
  return { kind: 'presented' }
}

/** Whether there is such a Service of ours in a namespace, of whatever shape. */
export function hasSolverService({ services }: Pick<SolverServices, 'services'>, namespace: string): boolean {
  return services.list(namespace).some(isOurs)
}

/** Deletes the Services of a namespace and their EndpointSlices, as far as they are ours. */
export async function removeServices(deps: SolverServices, namespace: string, signal: AbortSignal): Promise<void> {
  for (const slice of deps.endpointSlices.list(namespace).filter(isOurs)) await deps.cluster.delete(sliceResource, slice, signal)
  for (const service of deps.services.list(namespace).filter(isOurs)) await deps.cluster.delete(serviceResource, service, signal)
}

async function ensureOnlyService(
  deps: SolverServiceDeps,
  namespace: string,
  type: ServiceType,
  signal: AbortSignal,
): Promise<PresentOutcome> {
  const { cluster, services, shape } = deps
  const existing = services.get({ namespace, name: shape.name }) ?? (await createService(deps, namespace, type, signal))
  if (existing === undefined) return { kind: 'presented' }
  if (!isOurs(existing)) return { kind: 'waiting', why: `the Service ${shape.name} in this namespace belongs to somebody else; rename it` }
  const patch = servicePatch(existing, type, deps)
  if (patch !== undefined) await cluster.patch(serviceResource, existing, patch, { fieldManager: FIELD_MANAGER }, signal)
  return { kind: 'presented' }
}

/** undefined: created as wanted; else the Service of that name which stood there already. */
async function createService(
  { cluster, shape, extraLabels }: SolverServiceDeps,
  namespace: string,
  type: ServiceType,
  signal: AbortSignal,
): Promise<Service | undefined> {
  const service: New<Service> = {
    metadata: { name: shape.name, namespace, labels: { ...extraLabels, ...ourLabels }, annotations: shape.annotations },
    // No selector: the control plane then leaves the EndpointSlices to us.
    spec: { type, ports: [portOf(shape)] },
  }
  return createOrGet(
    () => cluster.create(serviceResource, service, { fieldManager: FIELD_MANAGER }, signal),
    () => cluster.get(serviceResource, service.metadata, signal),
  )
}

/** What is wrong with the Service, as a merge patch. A NodePort Service serves those who asked for ClusterIP as well. */
function servicePatch(
  { metadata, spec }: Service,
  type: ServiceType,
  { shape, extraLabels }: Pick<SolverServiceDeps, 'shape' | 'extraLabels'>,
): object | undefined {
  const labels = { ...extraLabels, ...ourLabels }
  const port = spec?.ports?.[0]
  const hasPort = spec?.ports?.length === 1 && port?.name === shape.portName && port.port === shape.port
  const isTyped = spec?.type === 'NodePort' || spec?.type === type
  const hasSelector = Object.keys(spec?.selector ?? {}).length > 0
  const isLabelled = covers(metadata.labels, labels)
  if (hasPort && isTyped && !hasSelector && isLabelled) return undefined
  return {
    metadata: { labels },
    spec: {
      selector: null,
      ...(isTyped ? {} : { type }),
      ...(hasPort ? {} : { ports: [portOf(shape)] }),
    },
  }
}

function portOf({ portName, port }: SolverServiceShape): ServicePort {
  return { name: portName, port, protocol: 'TCP', targetPort: port }
}

/** One EndpointSlice per address family: a slice holds one (discovery.k8s.io/v1 addressType). */
function wantedSlices({ answerAt, shape }: SolverServiceDeps, namespace: string): readonly New<EndpointSlice>[] {
  const addresses = answerAt.addresses().toSorted()
  const families = [
    { addressType: 'IPv4' as const, addresses: addresses.filter((address) => !isIPv6(address)) },
    { addressType: 'IPv6' as const, addresses: addresses.filter((address) => isIPv6(address)) },
  ]
  return families
    .filter((family) => family.addresses.length > 0)
    .map((family) => ({
      metadata: {
        name: `${shape.name}-${family.addressType.toLowerCase()}`,
        namespace,
        labels: { ...ourLabels, [SERVICE_NAME]: shape.name, 'endpointslice.kubernetes.io/managed-by': MANAGED_BY },
      },
      addressType: family.addressType,
      endpoints: family.addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
      // The name ties it to the Service's port of that name; the number is where the operator listens.
      ports: [{ name: shape.portName, port: answerAt.port, protocol: 'TCP' }],
    }))
}

/** Of an address family that the operator no longer has. */
function unwantedSlices(deps: SolverServiceDeps, namespace: string): readonly EndpointSlice[] {
  const wanted = wantedSlices(deps, namespace).map(({ metadata }) => metadata.name)
  return deps.endpointSlices
    .list(namespace)
    .filter((slice) => isOurs(slice) && slice.metadata.labels?.[SERVICE_NAME] === deps.shape.name && !wanted.includes(slice.metadata.name))
}

async function ensureSlice({ cluster, endpointSlices }: SolverServiceDeps, wanted: New<EndpointSlice>, signal: AbortSignal): Promise<void> {
  const existing =
    endpointSlices.get(wanted.metadata) ??
    (await createOrGet(
      () => cluster.create(sliceResource, wanted, { fieldManager: FIELD_MANAGER }, signal),
      () => cluster.get(sliceResource, wanted.metadata, signal),
    ))
  if (existing === undefined || isSliceRight(existing, wanted)) return
  const patch = { metadata: { labels: wanted.metadata.labels }, endpoints: wanted.endpoints, ports: wanted.ports }
  await cluster.patch(sliceResource, existing, patch, { fieldManager: FIELD_MANAGER }, signal)
}

function isSliceRight(slice: EndpointSlice, wanted: New<EndpointSlice>): boolean {
  const addressesOf = ({ endpoints }: { readonly endpoints: EndpointSlice['endpoints'] | null }): readonly string[] =>
    (endpoints ?? []).flatMap(({ addresses }) => addresses).toSorted()
  const [port, ...others] = slice.ports ?? []
  return (
    Object.entries(wanted.metadata.labels ?? {}).every(([key, value]) => slice.metadata.labels?.[key] === value) &&
    deepEqual(addressesOf(slice), addressesOf(wanted)) &&
    (slice.endpoints ?? []).every(({ conditions }) => conditions?.ready !== false) &&
    others.length === 0 &&
    port?.name === wanted.ports?.[0]?.name &&
    port?.port === wanted.ports?.[0]?.port
  )
}

/** Somebody was faster: what is there now is what counts. undefined: we created it. */
async function createOrGet<T>(create: () => Promise<T>, get: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    await create()
    return undefined
  } catch (error) {
    if (isKubeApiError(error, 'AlreadyExists')) return get()
    throw error
  }
}

const ourLabels: Readonly<Record<string, string>> = { [label.http01Solver]: 'true', [label.managedBy]: MANAGED_BY }

function isOurs({ metadata }: { readonly metadata: ObjectName & { readonly labels?: Readonly<Record<string, string>> } }): boolean {
  return metadata.labels?.[label.managedBy] === MANAGED_BY
}
