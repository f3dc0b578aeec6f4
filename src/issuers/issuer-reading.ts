import { conditionType } from '../crds/reasons.ts'
import type { IssuerReference } from '../crds/references.ts'
import { findIssuer, type IssuerListers } from './find-issuer.ts'
import { issuerTypeOf, type IssuerType } from './issuer-type.ts'
import type { AnyIssuer, Signer } from './signer.ts'

/** An issuer of ours as whoever wants to sign with it finds it; `what` is its kind and name, for messages. */
export type IssuerReading =
  | { readonly kind: 'missing'; readonly what: string }
  | { readonly kind: 'typeless'; readonly what: string }
  | { readonly kind: 'not-ready'; readonly what: string; readonly why: string }
  | { readonly kind: 'ready'; readonly issuer: AnyIssuer; readonly type: IssuerType; readonly isLocal: boolean }

export interface IssuerSources extends IssuerListers {
  readonly signers: Readonly<Partial<Record<IssuerType, Signer>>>
}

/** What the issuer is that a reference in `namespace` means, and whether it can sign. */
export function readIssuer(reference: IssuerReference, namespace: string | undefined, sources: IssuerSources): IssuerReading {
  const what = `${reference.kind || 'Issuer'} ${JSON.stringify(reference.name)}`
  const issuer = findIssuer(reference, namespace, sources)
  if (issuer === undefined) return { kind: 'missing', what }
  const type = issuerTypeOf(issuer.spec)
  if (type === undefined) return { kind: 'typeless', what }
  const ready = issuer.status?.conditions?.find((condition) => condition.type === conditionType.ready)
  const signer = sources.signers[type]
  if (ready?.status !== 'True' || signer === undefined)
    return { kind: 'not-ready', what, why: ready?.message ?? 'it has no Ready condition yet' }
  return { kind: 'ready', issuer, type, isLocal: signer.isLocal }
}

/** Why an issuer cannot sign, to be said after its name; undefined: it can. */
export function whyNotReady(reading: IssuerReading): string | undefined {
  switch (reading.kind) {
    case 'ready':
      return undefined
    case 'missing':
      return 'it does not exist'
    case 'typeless':
      return 'it does not say what kind of issuer it is'
    case 'not-ready':
      return `it is not ready: ${reading.why}`
  }
}
