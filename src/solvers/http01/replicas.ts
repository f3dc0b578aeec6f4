import type { EndpointSlice } from '../../kube/kinds.ts'
import type { Lister } from '../../kube/lister.ts'
import type { AnswerAt } from './solver-service.ts'

export interface ReplicasDeps {
  /** Of this process; undefined: it does not know. */
  readonly own: string | undefined
  /** Where this process answers; all replicas do at the same port. */
  readonly port: number
  /** Of the Service in front of the operator's replicas; undefined: there is none to look at. */
  readonly slices: Lister<EndpointSlice> | undefined
}

/**
 * Where the CA is answered: by this process, and by every other replica that is ready, since each has the challenges in its cache. So a
 * leader may go while the CA is looking.
 */
export function answeringReplicas({ own, port, slices }: ReplicasDeps): AnswerAt {
  const others = (): readonly string[] => readyAddresses(slices?.list() ?? []).filter((address) => address !== own)
  return { port, others, addresses: () => (own === undefined ? [] : [own, ...others()]) }
}

function readyAddresses(slices: readonly EndpointSlice[]): readonly string[] {
  const ready = slices.flatMap(({ endpoints }) => (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false))
  return [...new Set(ready.flatMap(({ addresses }) => addresses))].toSorted()
}
