import type { AnyIssuer } from './signer.ts'

/** Where the Secrets of an issuer are: beside an Issuer, or for a ClusterIssuer in the cluster resource namespace. */
export function resourceNamespace(issuer: AnyIssuer, clusterResourceNamespace: string): string {
  return issuer.metadata.namespace ?? clusterResourceNamespace
}
