import { annotation } from '../../crds/annotations.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { ClusterIssuer, Issuer } from '../../crds/issuer.ts'
import type { ClusterIssuerPool, IssuerPool } from '../../crds/issuer-pool.ts'
import type { KubeObject } from '../../crds/resource.ts'
import type { Signer } from '../../issuers/signer.ts'
import type { IssuerType } from '../../issuers/issuer-type.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Index, Informer } from '../../kube/lister.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ControllerParts } from '../../runtime/controller-parts.ts'
import { createLaterLooks } from '../../runtime/later-looks.ts'
import { keyOf, type ObjectKey } from '../../runtime/object-key.ts'
import { onChangeOf, onOwnChange, type ChangeSource, type Trigger } from '../../runtime/trigger.ts'
import { act } from './act.ts'
import { decide, type Action } from './decide.ts'
import { observe } from './observe.ts'
import type { World } from './world.ts'

export interface CertificateRequestDeps {
  readonly cluster: Cluster
  readonly requests: Informer<CertificateRequest>
  readonly issuers: Informer<Issuer>
  readonly clusterIssuers: Informer<ClusterIssuer>
  readonly issuerPools: Informer<IssuerPool>
  readonly clusterIssuerPools: Informer<ClusterIssuerPool>
  readonly signers: Readonly<Partial<Record<IssuerType, Signer>>>
  /** All Secrets: a self-signed issuer waits for the one with the key. */
  readonly managedSecrets: ChangeSource<KubeObject>
  readonly foreignSecrets: ChangeSource<KubeObject>
  /** What else makes a waiting request worth another look, such as an Order. */
  readonly signerTriggers: readonly Trigger[]
  readonly mayApprove: (request: CertificateRequest, signal: AbortSignal) => Promise<boolean>
  readonly events: EventRecorder
  readonly clock: Clock
}

/** Approves and signs CertificateRequests. Make it before the caches start: it adds indexes. */
export function certificateRequestController(deps: CertificateRequestDeps): ControllerParts<World, Action> {
  const byIssuer = deps.requests.index((request) => [issuerPath(request)])
  const byKeySecret = deps.requests.index(keySecretPath)
  const onKeySecret = (secrets: ChangeSource<KubeObject>) =>
    onChangeOf(secrets, ({ metadata }) => unanswered(byKeySecret(`${metadata.namespace ?? ''}/${metadata.name}`)))
  const later = createLaterLooks()
  const effects = {
    ...deps,
    lookAgain: (world: World, at: Parameters<typeof later.lookAgain>[1]) => later.lookAgain(keyOf(world.request.metadata), at),
  }
  return {
    reconciler: {
      name: 'certificaterequests',
      observe: (key, signal) => observe(deps, key, signal),
      decide,
      act: (action, world, signal) => act(effects, action, world, signal),
    },
    triggers: [
      onOwnChange(deps.requests),
      onChangeOf(deps.issuers, (issuer) => waitingFor(byIssuer, issuer)),
      onChangeOf(deps.clusterIssuers, (issuer) => waitingFor(byIssuer, issuer)),
      // The status of a pool says what became of its issuers, so that they need not be followed from here.
      onChangeOf(deps.issuerPools, (pool) => waitingFor(byIssuer, pool)),
      onChangeOf(deps.clusterIssuerPools, (pool) => waitingFor(byIssuer, pool)),
      onKeySecret(deps.managedSecrets),
      onKeySecret(deps.foreignSecrets),
      later.trigger,
      ...deps.signerTriggers,
    ],
  }
}

function waitingFor(byIssuer: Index<CertificateRequest>, issuer: KubeObject): readonly ObjectKey[] {
  const path = `${issuer.kind}/${issuer.metadata.namespace ?? ''}/${issuer.metadata.name}`
  return unanswered(byIssuer(path))
}

/** A settled request costs nothing to look at, but a cluster holds tens of thousands. */
function unanswered(requests: readonly CertificateRequest[]): readonly ObjectKey[] {
  return requests
    .filter((request) => (request.status?.certificate ?? '') === '' && request.status?.failureTime === undefined)
    .map((request) => keyOf(request.metadata))
}

/** The Secret with the key of the CSR, where the request names one. */
function keySecretPath({ metadata }: CertificateRequest): readonly string[] {
  const name = metadata.annotations?.[annotation.privateKeySecretName]
  return name === undefined ? [] : [`${metadata.namespace ?? ''}/${name}`]
}

function issuerPath({ metadata, spec }: CertificateRequest): string {
  const kind = spec.issuerRef.kind || 'Issuer'
  return `${kind}/${kind.startsWith('Cluster') ? '' : (metadata.namespace ?? '')}/${spec.issuerRef.name}`
}
