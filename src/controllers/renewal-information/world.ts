import type { Certificate } from '../../crds/certificate.ts'
import type { Ari } from '../../issuers/acme/renewal-answers.ts'
import type { IssuedLeaf } from '../../issuers/acme/issued-leaf.ts'
import type { Instant } from '../../lib/instant.ts'

/** Everything that the decision about the renewal information (ARI, RFC 9773) of one Certificate may know. */
export interface World {
  readonly certificate: Certificate
  readonly ca: Ca
  /** What is to be asked about: what is stored, or is about to be; undefined: nothing that this CA has issued. */
  readonly leaf: IssuedLeaf | undefined
  /** What is known about that from the last question; undefined: it was not asked yet, or about another certificate. */
  readonly known: Ari | undefined
  /** When that was, if it can be read. */
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
