import { certificateRequestDefinition } from './certificate-request.ts'
import { certificateRevocationDefinition } from './certificate-revocation.ts'
import { certificateDefinition } from './certificate.ts'
import { challengeDefinition } from './challenge.ts'
import { clusterIssuerPoolDefinition, issuerPoolDefinition } from './issuer-pool.ts'
import { clusterIssuerDefinition, issuerDefinition } from './issuer.ts'
import type { KindDefinition } from './kind-definition.ts'
import { orderDefinition } from './order.ts'

/** Every kind of the API: for generating, and for reading what is not as its kind says. */
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
