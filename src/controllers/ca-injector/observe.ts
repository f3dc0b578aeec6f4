import type { ObjectName } from '../../crds/resource.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { legibleCertificates } from '../../pki/ca-bundle.ts'
import type { ObjectKey } from '../../runtime/object-key.ts'
import { readCa, type CaSources } from './read-ca.ts'
import { sourceReference } from './source-reference.ts'
import { targetKey, type Target, type TargetKind } from './target-kinds.ts'
import type { Memory, World } from './world.ts'

/** What the CA injector reads. */
export interface InjectionSources extends CaSources {
  readonly cluster: Pick<Cluster, 'get'>
  /** Whether CAs may come from Certificates. */
  readonly readsCertificates: boolean
  /** By the keys of `targetKey`. */
  readonly memories: ReadonlyMap<ObjectKey, Memory>
}

/** Gathers the world of one object; undefined when it is gone or asks for nothing. It is read live: the cache holds next to nothing of it. */
export async function observe(
  sources: InjectionSources,
  kind: TargetKind,
  { name }: ObjectName,
  signal: AbortSignal,
): Promise<World | undefined> {
  const target = await kind.read(sources.cluster, name, signal)
  const source = sourceReference(target?.object.metadata.annotations)
  if (target === undefined || source.kind === 'none' || (source.kind === 'certificate' && !sources.readsCertificates)) return undefined
  const memory = recalled(target, sources.memories)
  return {
    target,
    earlier: target.bundles.map(({ caBundle }) => legibleCertificates(Buffer.from(caBundle, 'base64'))),
    ca: await readCa(source, sources, signal),
    told: memory.told,
    writtenAt: memory.writtenAt,
  }
}

function recalled(target: Target, memories: InjectionSources['memories']): Pick<World, 'told' | 'writtenAt'> {
  const memory = memories.get(targetKey(target))
  return memory !== undefined && memory.uid === target.object.metadata.uid ? memory : { told: undefined, writtenAt: [] }
}
