import { signingRequestAnnotation } from '../../crds/annotations.ts'
import type { ClusterIssuer, Issuer } from '../../crds/issuer.ts'
import type { KubeObject } from '../../crds/resource.ts'
import { issuerOfSigner } from '../../issuers/issuer-of-signer.ts'
import type { IssuerType } from '../../issuers/issuer-type.ts'
import type { AnyIssuer, Signer } from '../../issuers/signer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { CertificateSigningRequest } from '../../kube/kinds.ts'
import type { Index, Informer } from '../../kube/lister.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Instant } from '../../lib/instant.ts'
import type { ControllerParts } from '../../runtime/controller-parts.ts'
import { createLaterLooks } from '../../runtime/later-looks.ts'
import { keyOf, type ObjectKey } from '../../runtime/object-key.ts'
import { onChangeOf, onOwnChange, type ChangeSource, type Trigger } from '../../runtime/trigger.ts'
import { act } from './act.ts'
import { decide, type Action } from './decide.ts'
import { observe } from './observe.ts'
import type { MayReference } from './reference-permission.ts'
import { stateOf } from './state-of.ts'
import type { Announcement, World } from './world.ts'

export interface SigningRequestDeps {
  readonly cluster: Cluster
  readonly signingRequests: Informer<CertificateSigningRequest>
  readonly issuers: Informer<Issuer>
  readonly clusterIssuers: Informer<ClusterIssuer>
  readonly signers: Readonly<Partial<Record<IssuerType, Signer>>>
  /** All Secrets: a self-signed issuer waits for the one with the key. */
  readonly managedSecrets: ChangeSource<KubeObject>
  readonly foreignSecrets: ChangeSource<KubeObject>
  /** What else makes a waiting request worth another look, such as an Order. */
  readonly signerTriggers: readonly Trigger[]
  readonly mayReference: MayReference
  readonly events: EventRecorder
  readonly clock: Clock
  readonly clusterResourceNamespace: string
  /** The only namespace that is watched; empty: all are. */
  readonly watchedNamespace: string
}

/** Signs Kubernetes CertificateSigningRequests whose signer is an issuer of ours. Make it before the caches start: it adds indexes. */
export function signingRequestController(deps: SigningRequestDeps): ControllerParts<World, Action> {
  const byIssuer = deps.signingRequests.index(issuerPath)
  const byKeySecret = deps.signingRequests.index((request) => keySecretPath(request, deps.clusterResourceNamespace))
  const onKeySecret = (secrets: ChangeSource<KubeObject>) =>
    onChangeOf(secrets, ({ metadata }) => approved(byKeySecret(`${metadata.namespace ?? ''}/${metadata.name}`)))
  const later = createLaterLooks()
  const told = new Map<ObjectKey, Told>()
  const sources = { ...deps, told: (request: CertificateSigningRequest) => toldAbout(told, request) }
  const effects = {
    ...deps,
    remember: ({ request }: World, announcement: Announcement) =>
      void told.set(keyOf(request.metadata), { uid: request.metadata.uid, announcement }),
    lookAgain: (world: World, at: Instant) => later.lookAgain(keyOf(world.request.metadata), at),
  }
  return {
    reconciler: {
      name: 'certificatesigningrequests',
      observe: async (key, signal) => {
        const world = await observe(sources, key, signal)
        if (world === undefined || world.state === 'answered') told.delete(key)
        return world
      },
      decide,
      act: (action, world, signal) => act(effects, action, world, signal),
    },
    triggers: [
      onOwnChange(deps.signingRequests),
      onChangeOf(deps.issuers, (issuer) => waitingFor(byIssuer, issuer)),
      onChangeOf(deps.clusterIssuers, (issuer) => waitingFor(byIssuer, issuer)),
      onKeySecret(deps.managedSecrets),
      onKeySecret(deps.foreignSecrets),
      later.trigger,
      ...deps.signerTriggers,
    ],
  }
}

interface Told {
  readonly uid: string | undefined
  readonly announcement: Announcement
}

/** A request made anew under the same name has not been told anything yet. */
function toldAbout(told: ReadonlyMap<ObjectKey, Told>, { metadata }: CertificateSigningRequest): Announcement | undefined {
  const last = told.get(keyOf(metadata))
  return last?.uid === metadata.uid ? last?.announcement : undefined
}

function waitingFor(byIssuer: Index<CertificateSigningRequest>, { kind, metadata }: AnyIssuer): readonly ObjectKey[] {
  return approved(byIssuer(`${kind}/${metadata.namespace ?? ''}/${metadata.name}`))
}

/** Those that wait for something else than their approval. */
function approved(requests: readonly CertificateSigningRequest[]): readonly ObjectKey[] {
  return requests.filter((request) => stateOf(request) === 'approved').map((request) => keyOf(request.metadata))
}

function issuerPath({ spec }: CertificateSigningRequest): readonly string[] {
  const signer = issuerOfSigner(spec.signerName)
  return signer === undefined ? [] : [`${signer.reference.kind}/${signer.namespace ?? ''}/${signer.reference.name}`]
}

/** The Secret with the key of the CSR, where the request names one: it is where the issuer's own Secrets are. */
function keySecretPath({ metadata, spec }: CertificateSigningRequest, clusterResourceNamespace: string): readonly string[] {
  const name = metadata.annotations?.[signingRequestAnnotation.privateKeySecretName]
  const signer = issuerOfSigner(spec.signerName)
  return name === undefined || signer === undefined ? [] : [`${signer.namespace ?? clusterResourceNamespace}/${name}`]
}
