import { shimEvent } from '../../crds/reasons.ts'
import { apiVersionOf, type OwnerReference, type Resource } from '../../crds/resource.ts'
import { certificates } from '../../crds/resources.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import { isKubeApiError, KubeApiError } from '../../kube/kube-api-error.ts'
import { assertNever } from '../../lib/assert-never.ts'
import type { Clock } from '../../lib/clock.ts'
import { MINUTE, plus, type Instant } from '../../lib/instant.ts'
import { contentOf, type Action } from './decide.ts'
import type { Memories } from './memory.ts'
import type { WantedCertificate } from './wanted-certificate.ts'
import type { World } from './world.ts'

/** What a shim writes with. */
export interface ShimEffects {
  readonly cluster: Pick<Cluster, 'create' | 'patch' | 'delete'>
  readonly events: EventRecorder
  readonly clock: Clock
  readonly fieldManager: string
  /** The kind of the objects that own the Certificates. */
  readonly resource: Resource<never>
  readonly memories: Memories
  /** Asks for another look at that time. */
  readonly lookAgain: (world: World, at: Instant) => void
}

/** One effect, safe to repeat: a name is taken or not, a patch names its version, a delete names a UID. */
export async function act(effects: ShimEffects, action: Action, world: World, signal: AbortSignal): Promise<void> {
  const { cluster, fieldManager } = effects
  switch (action.do) {
    case 'create':
      return write(effects, world, { reason: shimEvent.createCertificate, done: 'created', wanted: action.wanted }, () =>
        create(effects, action.wanted, world, signal),
      )
    case 'update':
      return write(effects, world, { reason: shimEvent.updateCertificate, done: 'updated', wanted: action.wanted }, async () => {
        await cluster.patch(certificates, action.certificate, action.change, { fieldManager }, signal)
        return true
      })
    case 'delete':
      await cluster.delete(certificates, action.certificate, signal)
      return record(
        effects,
        world,
        shimEvent.deleteCertificate,
        `deleted Certificate "${action.certificate.metadata.name}": its Secret is no longer named here`,
      )
    case 'tell':
      for (const { reason, message } of action.news) effects.events.record(world.source.object, { type: 'Warning', reason, message })
      return effects.memories.remember(world.source.object, { told: action.standing })
    default:
      return assertNever(action)
  }
}

/** Where the API server refuses one Certificate for what it is, the others are written all the same. */
async function write(
  effects: ShimEffects,
  world: World,
  { reason, done, wanted }: { readonly reason: string; readonly done: string; readonly wanted: WantedCertificate },
  write: () => Promise<boolean>,
): Promise<void> {
  try {
    if (await write()) record(effects, world, reason, `${done} Certificate "${wanted.name}"`)
  } catch (error) {
    if (!(error instanceof KubeApiError) || ![400, 403, 422].includes(error.status)) throw error
    refused(effects, world, wanted, error)
  }
}

/** Whether there is one now that was not there. A name that is taken shows in the cache in a moment. */
async function create(effects: ShimEffects, wanted: WantedCertificate, world: World, signal: AbortSignal): Promise<boolean> {
  const { namespace } = world.source.object.metadata
  const { name, labels, spec } = wanted
  const annotations = Object.fromEntries(
    Object.entries(wanted.annotations).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  )
  const metadata = {
    ...(namespace === undefined ? {} : { namespace }),
    name,
    labels,
    annotations,
    ownerReferences: [ownedBy(effects, world)],
  }
  try {
    await effects.cluster.create(certificates, { metadata, spec }, { fieldManager: effects.fieldManager }, signal)
    return true
  } catch (error) {
    if (isKubeApiError(error, 'AlreadyExists')) return false
    throw error
  }
}

function ownedBy({ resource }: ShimEffects, { source: { object } }: World): OwnerReference {
  const { name, uid = '' } = object.metadata
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, name, uid, controller: true, blockOwnerDeletion: true }
}

const TRY_AGAIN_AFTER = 10 * MINUTE

function refused({ memories, clock, lookAgain }: ShimEffects, world: World, wanted: WantedCertificate, error: KubeApiError): void {
  const { object } = world.source
  const now = clock.now()
  const refusal = {
    name: wanted.name,
    content: contentOf(wanted),
    why: `Certificate "${wanted.name}" is refused: ${error.message}`,
    until: plus(now, TRY_AGAIN_AFTER),
  }
  memories.remember(object, { refusals: [...memories.of(object).refusals.filter(({ name }) => name !== wanted.name), refusal] })
  lookAgain(world, now)
}

function record({ events }: ShimEffects, { source }: World, reason: string, message: string): void {
  events.record(source.object, { type: 'Normal', reason, message })
}
