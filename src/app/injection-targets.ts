import { CA_INJECTOR } from '../controllers/ca-injector/controller.ts'
import { targetKinds, type TargetKind } from '../controllers/ca-injector/target-kinds.ts'
import { isEnabled } from './enabled.ts'
import type { Options } from './options.ts'

type Kind = keyof typeof targetKinds

/**
 * The kinds that CAs are injected into, and so those that are watched for it. None in an installation for one namespace: what it serves
 * lies within that namespace, and these kinds are for the whole cluster.
 */
export function injectionTargets(options: Pick<Options, 'controllers' | 'namespace' | `enable-${Kind}-injectable`>): readonly TargetKind[] {
  if (options.namespace !== '' || !isEnabled(CA_INJECTOR, options.controllers)) return []
  const kinds = Object.entries(targetKinds) as readonly [Kind, TargetKind][]
  return kinds.flatMap(([kind, target]) => (options[`enable-${kind}-injectable`] ? [target] : []))
}
