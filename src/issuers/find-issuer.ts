import type { ClusterIssuer, Issuer } from '../crds/issuer.ts'
import type { IssuerReference } from '../crds/references.ts'
import type { Lister } from '../kube/lister.ts'
import type { AnyIssuer } from './signer.ts'

export interface IssuerListers {
  readonly issuers: Lister<Issuer>
  readonly clusterIssuers: Lister<ClusterIssuer>
}

/** The Issuer or ClusterIssuer that a reference in `namespace` means; undefined when there is none of that kind and name. */
export function findIssuer(reference: IssuerReference, namespace: string | undefined, listers: IssuerListers): AnyIssuer | undefined {
  switch (reference.kind || 'Issuer') {
    case 'Issuer':
      return listers.issuers.get({ ...(namespace === undefined ? {} : { namespace }), name: reference.name })
    case 'ClusterIssuer':
      return listers.clusterIssuers.get({ name: reference.name })
    default:
      return undefined
  }
}
