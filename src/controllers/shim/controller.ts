import type { Certificate } from '../../crds/certificate.ts'
import type { ClusterIssuer, Issuer } from '../../crds/issuer.ts'
import type { KubeObject, Resource } from '../../crds/resource.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Index, Informer } from '../../kube/lister.ts'
import { controllerReference, controllerUid } from '../../lib/controller-uid.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ControllerParts } from '../../runtime/controller-parts.ts'
import { createLaterLooks } from '../../runtime/later-looks.ts'
import { keyOf, nameOf, type ObjectKey } from '../../runtime/object-key.ts'
import { onChangeOf, onOwnChange, type Trigger } from '../../runtime/trigger.ts'
import { act } from './act.ts'
import { decide, type Action } from './decide.ts'
import { createMemories } from './memory.ts'
import { observe } from './observe.ts'
import type { ShimSettings } from './settings.ts'
import type { ShimSource } from './source.ts'
import type { World } from './world.ts'

/** What the shims of all kinds have in common. */
export interface ShimDeps {
  readonly cluster: Cluster
  readonly certificates: Informer<Certificate>
  readonly issuers: Informer<Issuer>
  readonly clusterIssuers: Informer<ClusterIssuer>
  readonly clock: Clock
  readonly settings: ShimSettings
}

/** One kind of object that asks for certificates by annotations. */
export interface ShimKind<T extends KubeObject> {
  /** The controller's name, which the incumbent gave it. */
  readonly name: string
  readonly resource: Resource<T>
  readonly objects: Informer<T>
  readonly autoAnnotations: readonly string[]
  readonly events: EventRecorder
  /** undefined: nothing can be said of it, and nothing is done. */
  readonly sourceOf: (object: T) => ShimSource | undefined
  readonly secretNames: (object: T) => readonly string[]
  readonly moreTriggers?: readonly Trigger[]
}

/** The Certificates by what the shims look them up by. */
export interface CertificateIndexes {
  readonly certificatesByOwner: Index<Certificate>
  readonly certificatesByIssuer: Index<Certificate>
}

/** Adds the indexes that all shims share; before the caches start. */
export function certificateIndexes(certificates: Informer<Certificate>): CertificateIndexes {
  return { certificatesByOwner: certificates.index(controllerUid), certificatesByIssuer: certificates.index(issuerPath) }
}

/** Keeps one Certificate for each Secret that objects of a kind want to serve. Make it before the caches start: it adds an index. */
export function shimController<T extends KubeObject>(
  deps: ShimDeps & CertificateIndexes,
  kind: ShimKind<T>,
): ControllerParts<World, Action> {
  const { name, resource, objects, events } = kind
  const bySecret = objects.index((object) => kind.secretNames(object).map((secret) => pathOf(object, secret)))
  const memories = createMemories()
  const later = createLaterLooks()
  const sources = { ...deps, autoAnnotations: kind.autoAnnotations }
  const lookAgain = ({ source }: World, at: Parameters<typeof later.lookAgain>[1]) => later.lookAgain(keyOf(source.object.metadata), at)
  const effects = { ...deps, events, resource: resource as Resource<never>, fieldManager: `cert-manager-${name}`, memories, lookAgain }
  const ownersOf = (certificate: Certificate) => ownerOfKind(certificate, resource)
  const waitingFor = (issuer: AnyIssuer) => deps.certificatesByIssuer(pathOfIssuer(issuer)).flatMap(ownersOf)
  return {
    reconciler: {
      name,
      observe: (key) => {
        const object = objects.get(nameOf(key))
        const source = object && kind.sourceOf(object)
        const world = source && observe(source, sources, memories.of(source.object))
        if (world === undefined) memories.forget(key)
        return Promise.resolve(world)
      },
      decide,
      act: (action, world, signal) => act(effects, action, world, signal),
    },
    triggers: [
      onOwnChange(objects),
      // A foreign Certificate that has the name of a Secret may come and go.
      onChangeOf(deps.certificates, (certificate) => [
        ...ownersOf(certificate),
        ...bySecret(pathOf(certificate, certificate.metadata.name)).map(({ metadata }) => keyOf(metadata)),
      ]),
      onChangeOf(deps.issuers, waitingFor),
      onChangeOf(deps.clusterIssuers, waitingFor),
      later.trigger,
      ...(kind.moreTriggers ?? []),
    ],
  }
}

function pathOf({ metadata }: KubeObject, name: string): string {
  return `${metadata.namespace ?? ''}/${name}`
}

function ownerOfKind(certificate: Certificate, resource: Resource<never> | Resource<KubeObject>): readonly ObjectKey[] {
  const owner = controllerReference(certificate)
  const { namespace } = certificate.metadata
  return owner?.kind === resource.kind ? [keyOf({ ...(namespace === undefined ? {} : { namespace }), name: owner.name })] : []
}

function issuerPath({ metadata, spec: { issuerRef } }: Certificate): readonly string[] {
  const kind = issuerRef.kind || 'Issuer'
  return [`${kind}/${kind === 'ClusterIssuer' ? '' : (metadata.namespace ?? '')}/${issuerRef.name}`]
}

function pathOfIssuer({ kind, metadata }: AnyIssuer): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`
}
