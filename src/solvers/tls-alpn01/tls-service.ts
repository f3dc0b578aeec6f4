import type { Challenge } from '../../crds/challenge.ts'
import { solverObjectName } from '../http01/solver-metadata.ts'
import type { SolverServiceShape } from '../http01/solver-service.ts'

/** The Service of a namespace that leads to the operator's TLS: one for all its TLS-ALPN-01 challenges. */
export const tlsAlpn01Service: SolverServiceShape = {
  name: 'certwright-tls-alpn-solver',
  portName: 'tls',
  port: 8443,
  annotations: {},
}

/** The name of the route of one Challenge. */
export function tlsObjectName(challenge: Challenge): string {
  return solverObjectName(challenge, tlsAlpn01Service.name)
}
