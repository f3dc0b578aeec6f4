import type { IssuerReference } from '../../crds/references.ts'
import type { AnyIssuer } from '../signer.ts'

/** By which Orders and Challenges are indexed, to find those of an issuer. */
export function issuerKey({ kind, metadata }: AnyIssuer): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`
}

/** The `issuerKey` of the issuer that a reference in `namespace` names. */
export function issuerRefKey({ kind, name }: IssuerReference, namespace: string | undefined): string {
  return kind === 'ClusterIssuer' ? `ClusterIssuer//${name}` : `Issuer/${namespace ?? ''}/${name}`
}
