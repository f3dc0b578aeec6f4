import type { AcmeSolver } from '../../crds/issuer.ts'

export const serviceTypes = ['NodePort', 'ClusterIP'] as const
export type ServiceType = (typeof serviceTypes)[number]

/** The type that a solver asks for its Service; undefined: it does not say. */
export function serviceTypeOf({ http01 }: AcmeSolver): ServiceType | undefined {
  const type = (http01?.gatewayHTTPRoute ?? http01?.ingress)?.serviceType
  return serviceTypes.find((known) => known === type)
}
