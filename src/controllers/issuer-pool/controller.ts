import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { ClusterIssuer, Issuer } from '../../crds/issuer.ts'
import type { Resource } from '../../crds/resource.ts'
import { memberRecords } from '../../issuers/pool/member-record.ts'
import { isPoolReference, type AnyIssuerPool } from '../../issuers/pool/pool-reading.ts'
import type { IssuerSources } from '../../issuers/issuer-reading.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Informer } from '../../kube/lister.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ControllerParts } from '../../runtime/controller-parts.ts'
import { keyOf, type ObjectKey } from '../../runtime/object-key.ts'
import { onChangeOf, onOwnChange } from '../../runtime/trigger.ts'
import { decide, type Action } from './decide.ts'
import { observe, poolPath } from './observe.ts'
import type { World } from './world.ts'

export interface IssuerPoolDeps<T extends AnyIssuerPool> extends IssuerSources {
  /** `issuerpools` or `clusterissuerpools`. */
  readonly name: string
  readonly resource: Resource<T>
  readonly pools: Informer<T>
  readonly requests: Informer<CertificateRequest>
  readonly issuers: Informer<Issuer>
  readonly clusterIssuers: Informer<ClusterIssuer>
  readonly cluster: Cluster
  readonly events: EventRecorder
  readonly clock: Clock
}

const FIELD_MANAGER = 'certwright'

/** Says how the issuers of pools are. One for IssuerPools, one for ClusterIssuerPools. Make it before the caches start: it adds indexes. */
export function issuerPoolController<T extends AnyIssuerPool>(deps: IssuerPoolDeps<T>): ControllerParts<World, Action> {
  const failedOverOf = deps.requests.index((request) => (hasFailedOver(request) ? [pathOfRequest(request)] : []))
  const poolsOf = deps.pools.index((pool) => pool.spec.issuers.map(({ kind, name }) => issuerPath(kind, pool.metadata.namespace, name)))
  const withIssuer = ({ kind, metadata }: AnyIssuer): readonly ObjectKey[] =>
    poolsOf(issuerPath(kind, metadata.namespace, metadata.name)).map((pool) => keyOf(pool.metadata))
  const sources = { ...deps, failedOverOf }
  return {
    reconciler: {
      name: deps.name,
      observe: (key) => Promise.resolve(observe(sources, key)),
      decide,
      act: async ({ status, announce }, { pool }, signal) => {
        await deps.cluster.patchStatus<AnyIssuerPool>(
          deps.resource as Resource<AnyIssuerPool>,
          pool,
          status,
          { fieldManager: FIELD_MANAGER },
          signal,
        )
        for (const announcement of announce) deps.events.record(pool, announcement)
      },
    },
    triggers: [
      onOwnChange(deps.pools),
      onChangeOf(deps.issuers, withIssuer),
      onChangeOf(deps.clusterIssuers, withIssuer),
      onChangeOf(deps.requests, (request) => (hasFailedOver(request) ? poolKey(request, deps.resource) : [])),
    ],
  }
}

/** Asked of every request of the cluster at every change, so the reference is looked at first. */
function hasFailedOver({ spec, status }: CertificateRequest): boolean {
  return isPoolReference(spec.issuerRef) && memberRecords(status?.conditions).some(({ state }) => state === 'passed-over')
}

function pathOfRequest({ metadata, spec: { issuerRef } }: CertificateRequest): string {
  const isOfCluster = issuerRef.kind === 'ClusterIssuerPool'
  const metadataOfPool = {
    name: issuerRef.name,
    ...(isOfCluster || metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  }
  return poolPath({ kind: isOfCluster ? 'ClusterIssuerPool' : 'IssuerPool', metadata: metadataOfPool })
}

function poolKey(
  { metadata, spec: { issuerRef } }: CertificateRequest,
  { kind, namespaced }: { readonly kind: string; readonly namespaced: boolean },
): readonly ObjectKey[] {
  if (issuerRef.kind !== kind) return []
  return [keyOf({ name: issuerRef.name, ...(namespaced && metadata.namespace !== undefined ? { namespace: metadata.namespace } : {}) })]
}

function issuerPath(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${kind === 'ClusterIssuer' ? '' : (namespace ?? '')}/${name}`
}
