import { injectionEvent } from '../../crds/reasons.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import { isKubeApiError } from '../../kube/kube-api-error.ts'
import { assertNever } from '../../lib/assert-never.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ObjectKey } from '../../runtime/object-key.ts'
import { MOST_WRITES, type Action } from './decide.ts'
import { targetKey, type TargetKind } from './target-kinds.ts'
import type { Announcement, Memory, World } from './world.ts'

/** What the CA injector writes with. */
export interface InjectionEffects {
  readonly cluster: Pick<Cluster, 'apply'>
  /** By their plurals. */
  readonly kinds: ReadonlyMap<string, TargetKind>
  readonly memories: Map<ObjectKey, Memory>
  readonly events: EventRecorder
  readonly clock: Clock
  readonly onInjection: (injection: { readonly result: 'success' | 'failure' }) => void
}

/** One effect, safe to repeat. */
export async function act(effects: InjectionEffects, action: Action, world: World, signal: AbortSignal): Promise<void> {
  switch (action.do) {
    case 'announce':
      return announce(effects, world, action.announcement)
    case 'inject':
      return inject(effects, world, action, signal)
    case 'forget-trouble':
      return remember(effects, world, { told: undefined })
    default:
      return assertNever(action)
  }
}

function announce(effects: InjectionEffects, world: World, announcement: Announcement): void {
  remember(effects, world, { told: announcement })
  effects.events.record(world.target.object, announcement)
  if (announcement.type === 'Warning') effects.onInjection({ result: 'failure' })
}

async function inject(
  effects: InjectionEffects,
  world: World,
  { bundles, message }: Extract<Action, { do: 'inject' }>,
  signal: AbortSignal,
): Promise<void> {
  const { target } = world
  try {
    await effects.kinds.get(target.plural)?.write(effects.cluster, target, bundles, signal)
  } catch (error) {
    // It will not take it before somebody changes the object, and then we look again.
    if (!isKubeApiError(error, 'Invalid')) throw error
    return announce(effects, world, { type: 'Warning', reason: injectionEvent.refused, message: `No CA is injected: ${error.message}` })
  }
  remember(effects, world, { told: undefined, writtenAt: [...world.writtenAt, effects.clock.now()].slice(-MOST_WRITES) })
  effects.events.record(target.object, { type: 'Normal', reason: injectionEvent.injected, message })
  effects.onInjection({ result: 'success' })
}

function remember({ memories }: InjectionEffects, { target, told, writtenAt }: World, news: Partial<Omit<Memory, 'uid'>>): void {
  memories.set(targetKey(target), { uid: target.object.metadata.uid, told, writtenAt, ...news })
}
