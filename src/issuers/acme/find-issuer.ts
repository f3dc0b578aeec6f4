import type { AcmeIssuer } from '../../crds/issuer.ts'
import type { IssuerReference } from '../../crds/references.ts'
import { findIssuer, type IssuerListers } from '../find-issuer.ts'
import type { AnyIssuer } from '../signer.ts'

export type FoundIssuer =
  | { readonly kind: 'ok'; readonly issuer: AnyIssuer; readonly acme: AcmeIssuer }
  | { readonly kind: 'missing'; readonly why: string }

/** The ACME issuer that an Order or Challenge of `namespace` refers to. */
export function findAcmeIssuer(ref: IssuerReference, namespace: string, listers: IssuerListers): FoundIssuer {
  const kind = ref.kind || 'Issuer'
  const issuer = findIssuer(ref, namespace, listers)
  if (issuer === undefined) return { kind: 'missing', why: `${kind} ${ref.name} does not exist` }
  const acme = issuer.spec.acme
  return acme === undefined ? { kind: 'missing', why: `${kind} ${ref.name} is not an ACME issuer` } : { kind: 'ok', issuer, acme }
}
