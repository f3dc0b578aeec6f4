import type { Certificate } from '../../crds/certificate.ts'
import type { IssuedLeaf } from '../../issuers/acme/issued-leaf.ts'
import type { Instant } from '../../lib/instant.ts'

/** Everything that the decision about the renewal information (ARI, RFC 9773) of one Certificate may know. */
export interface World {
  readonly certificate: Certificate
  readonly ca: Ca
  /** What is to be asked about; undefined: nothing that this CA has issued. */
  readonly leaf: IssuedLeaf | undefined
  readonly isIssuing: boolean
  /** What the status says about the last question; undefined: nothing that can be read. */
  readonly asked: Asked | undefined
}

/** Whom to ask. */
export type Ca =
  | { readonly kind: 'none'; readonly why: string }
  /** It cannot be asked yet; what is known stays. */
  | { readonly kind: 'waiting'; readonly why: string }
  /** It was asked, and suggests no renewal times. */
  | { readonly kind: 'silent'; readonly until: Instant }
  | { readonly kind: 'asked' }

export interface Asked {
  readonly at: Instant
  readonly nextAt: Instant
}
