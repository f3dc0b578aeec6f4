import type { AcmeIssuer, ClusterIssuer, Issuer } from '../../crds/issuer.ts'
import type { IssuerReference } from '../../crds/references.ts'
import type { Lister } from '../../kube/lister.ts'
import type { AnyIssuer } from '../signer.ts'

export interface IssuerListers {
  readonly issuers: Lister<Issuer>
  /** Left out when the operator watches a single namespace. */
  readonly clusterIssuers?: Lister<ClusterIssuer>
}

export type FoundIssuer =
  | { readonly kind: 'ok'; readonly issuer: AnyIssuer; readonly acme: AcmeIssuer }
  | { readonly kind: 'missing'; readonly why: string }

/** The ACME issuer that an Order or Challenge of `namespace` refers to. */
export function findAcmeIssuer(ref: IssuerReference, namespace: string, listers: IssuerListers): FoundIssuer {
  const kind = ref.kind === undefined || ref.kind === '' ? 'Issuer' : ref.kind
  const issuer = lookUp(kind, ref.name, namespace, listers)
  if (issuer === undefined) return { kind: 'missing', why: `${kind} ${ref.name} does not exist` }
  const acme = issuer.spec.acme
  return acme === undefined ? { kind: 'missing', why: `${kind} ${ref.name} is not an ACME issuer` } : { kind: 'ok', issuer, acme }
}

function lookUp(kind: string, name: string, namespace: string, listers: IssuerListers): AnyIssuer | undefined {
  if (kind === 'ClusterIssuer') return listers.clusterIssuers?.get({ name })
  return kind === 'Issuer' ? listers.issuers.get({ namespace, name }) : undefined
}
