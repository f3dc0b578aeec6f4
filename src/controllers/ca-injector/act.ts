import { injectionEvent } from '../../crds/reasons.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import { assertNever } from '../../lib/assert-never.ts'
import type { ObjectKey } from '../../runtime/object-key.ts'
import type { Action } from './decide.ts'
import { targetKey, type TargetKind } from './target-kinds.ts'
import type { Trouble, World } from './world.ts'

/** What the CA injector writes with. */
export interface InjectionEffects {
  readonly cluster: Pick<Cluster, 'apply'>
  /** By their plurals. */
  readonly kinds: ReadonlyMap<string, TargetKind>
  readonly troubles: Map<ObjectKey, Trouble>
  readonly events: EventRecorder
  readonly onInjection: (injection: { readonly result: 'success' | 'failure' }) => void
}

/** One effect, safe to repeat. */
export async function act(effects: InjectionEffects, action: Action, { target }: World, signal: AbortSignal): Promise<void> {
  const { troubles, events, onInjection } = effects
  const key = targetKey(target)
  switch (action.do) {
    case 'announce':
      troubles.set(key, { uid: target.object.metadata.uid, announcement: action.announcement })
      events.record(target.object, action.announcement)
      if (action.announcement.type === 'Warning') onInjection({ result: 'failure' })
      return
    case 'inject':
      await effects.kinds.get(target.plural)?.write(effects.cluster, target, action.bundles, signal)
      troubles.delete(key)
      events.record(target.object, { type: 'Normal', reason: injectionEvent.injected, message: action.message })
      onInjection({ result: 'success' })
      return
    case 'forget-trouble':
      troubles.delete(key)
      return
    default:
      assertNever(action)
  }
}
