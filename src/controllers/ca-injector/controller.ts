import type { Certificate } from '../../crds/certificate.ts'
import type { KubeObject, ObjectName } from '../../crds/resource.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Informer } from '../../kube/lister.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ControllerParts } from '../../runtime/controller-parts.ts'
import { nameOf, type ObjectKey } from '../../runtime/object-key.ts'
import { onChangeOf, type ChangeSource, type Trigger } from '../../runtime/trigger.ts'
import { act } from './act.ts'
import { decide, type Action } from './decide.ts'
import type { InjectionTarget } from './injection-target.ts'
import { observe } from './observe.ts'
import { secretCaCache } from './secret-ca.ts'
import { sourceKeys } from './source-reference.ts'
import { targetKey, type TargetKind } from './target-kinds.ts'
import type { Memory, World } from './world.ts'

/** The name of the controller, for `--controllers`. */
export const CA_INJECTOR = 'ca-injector'

/** One kind and the metadata of all its objects. */
export interface WatchedTargets {
  readonly kind: TargetKind
  readonly informer: Informer<InjectionTarget>
}

export interface CaInjectorDeps {
  readonly cluster: Cluster
  readonly injectionTargets: readonly WatchedTargets[]
  readonly certificates: Informer<Certificate>
  readonly managedSecrets: ChangeSource<KubeObject & { readonly certificateName: string | undefined }>
  readonly foreignSecrets: ChangeSource<KubeObject>
  readonly secretVersion: (name: ObjectName) => string | undefined
  readonly apiServerCa: () => string | undefined
  readonly readsCertificates: boolean
  /** CAs are not taken from these. */
  readonly ignoredNamespaces: readonly string[]
  readonly events: EventRecorder
  readonly clock: Clock
  readonly onInjection: (injection: { readonly result: 'success' | 'failure' }) => void
}

/** Writes the CAs that objects ask for by annotation where the API server looks for them. Make it before the caches start: it adds indexes. */
export function caInjectorController(deps: CaInjectorDeps): ControllerParts<World, Action> {
  const kinds = new Map(deps.injectionTargets.map(({ kind }) => [kind.resource.plural, kind]))
  const memories = new Map<ObjectKey, Memory>()
  const sources = { ...deps, memories, secretCas: secretCaCache(deps.cluster, deps.secretVersion) }
  const effects = { ...deps, kinds, memories }
  return {
    reconciler: {
      name: CA_INJECTOR,
      observe: async (key, signal) => {
        const { namespace: plural = '', name } = nameOf(key)
        const kind = kinds.get(plural)
        if (kind === undefined) return undefined
        const world = await observe(sources, kind, { name }, signal)
        if (world === undefined) memories.delete(key)
        return world
      },
      decide,
      act: (action, world, signal) => act(effects, action, world, signal),
    },
    triggers: deps.injectionTargets.flatMap((targets) => triggersOf(targets, deps)),
  }
}

/** An object is looked at when it changes, and when its Secret or its Certificate does. */
function triggersOf({ kind, informer }: WatchedTargets, deps: CaInjectorDeps): readonly Trigger[] {
  const bySource = informer.index(({ source }) => sourceKeys(source))
  const { plural } = kind.resource
  const keyFor = (object: KubeObject): ObjectKey => targetKey({ plural, object })
  const from = (source: 'secret' | 'certificate', namespace = '', name = ''): readonly ObjectKey[] =>
    bySource(`${source} ${namespace}/${name}`).map(keyFor)
  return [
    onChangeOf(informer, (target) => (target.source.kind === 'none' ? [] : [keyFor(target)])),
    onChangeOf(deps.foreignSecrets, ({ metadata }) => from('secret', metadata.namespace, metadata.name)),
    onChangeOf(deps.managedSecrets, ({ metadata: { namespace, name }, certificateName }) => [
      ...from('secret', namespace, name),
      ...from('certificate', namespace, certificateName),
    ]),
    // What else happens to a Certificate shows in its Secret.
    (enqueue) =>
      deps.certificates.onChange(({ before, after }) => {
        const { namespace, name } = (after ?? before)?.metadata ?? {}
        if (before?.spec.secretName !== after?.spec.secretName) for (const key of from('certificate', namespace, name)) enqueue(key)
      }),
  ]
}
