import { certificateRequestDefinition } from './certificate-request.ts'
import { certificateRevocationDefinition } from './certificate-revocation.ts'
import { certificateDefinition } from './certificate.ts'
import { challengeDefinition } from './challenge.ts'
import { clusterIssuerPoolDefinition, issuerPoolDefinition } from './issuer-pool.ts'
import { clusterIssuerDefinition, issuerDefinition } from './issuer.ts'
import type { KindDefinition } from './kind-definition.ts'
import { orderDefinition } from './order.ts'

/** Every kind of the API. For generating, not for the running operator, which needs `resources.ts` only. */
export const kinds: readonly KindDefinition[] = [
  certificateDefinition,
  certificateRequestDefinition,
  issuerDefinition,
  clusterIssuerDefinition,
  orderDefinition,
  challengeDefinition,
  issuerPoolDefinition,
  clusterIssuerPoolDefinition,
  certificateRevocationDefinition,
]
