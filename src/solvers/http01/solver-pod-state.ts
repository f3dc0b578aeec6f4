import { ownAnnotation } from '../../crds/annotations.ts'
import type { New } from '../../kube/cluster.ts'
import type { Pod } from '../../kube/pods.ts'
import { visibleText } from '../../lib/visible-text.ts'

/** What is to become of a solver pod: it serves, it is waited for, or another one is to take its place. */
export type SolverPodState = 'ready' | 'starting' | 'ending' | 'useless'

/**
 * Looks at a pod of the Challenge. One that serves stays, however it came about, also cert-manager's; one that does not, and that would be
 * made otherwise today, will not do: its template or the image may have been what kept it from starting.
 */
export function solverPodState({ metadata, status }: Pod, wanted: New<Pod>): SolverPodState {
  if (metadata.deletionTimestamp !== undefined) return 'ending'
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return 'useless'
  if (status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true) return 'ready'
  const hash = metadata.annotations?.[ownAnnotation.solverPodHash]
  return hash === undefined || hash === wanted.metadata.annotations?.[ownAnnotation.solverPodHash] ? 'starting' : 'useless'
}

/** Why a pod does not serve yet, in a sentence for the user. */
export function whyNotReady({ metadata, status }: Pod): string {
  const states = status?.containerStatuses?.flatMap(({ state }) => state?.waiting ?? state?.terminated ?? []) ?? []
  const unscheduled = status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False')
  const details = [...states, ...(unscheduled === undefined ? [] : [unscheduled])]
    .map(({ reason, message }) => [reason, message].filter((part) => part !== undefined && part !== '').join(': '))
    .filter((detail) => detail !== '')
  return `the solver pod ${metadata.name} is not ready (${visibleText([status?.phase ?? 'Pending', ...details].join('; '))})`
}

/** What is kept of a pod: nothing of its spec. */
export function projectSolverPod({ apiVersion, kind, metadata, status }: Pod): Pod {
  const { managedFields: _managedFields, ...kept } = metadata as Pod['metadata'] & { readonly managedFields?: unknown }
  const { phase, conditions, containerStatuses } = status ?? {}
  return {
    apiVersion,
    kind,
    metadata: kept,
    status: {
      ...(phase === undefined ? {} : { phase }),
      ...(conditions === undefined ? {} : { conditions }),
      ...(containerStatuses === undefined ? {} : { containerStatuses }),
    },
  }
}
