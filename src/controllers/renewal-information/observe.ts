import type { Certificate } from '../../crds/certificate.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import { conditionType } from '../../crds/reasons.ts'
import { findIssuer, type IssuerListers } from '../../issuers/find-issuer.ts'
import { isOurs } from '../../issuers/is-same-issuer.ts'
import { issuedLeaf, leafIssuedFor, type IssuedSecret } from '../../issuers/acme/issued-leaf.ts'
import type { Ari, RenewalAnswers } from '../../issuers/acme/renewal-answers.ts'
import { usesRenewalInformation } from '../../issuers/acme/uses-renewal-information.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'
import type { Index, Lister } from '../../kube/lister.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import type { Instant } from '../../lib/instant.ts'
import { parseRfc3339 } from '../../lib/instant.ts'
import { nameOf, type ObjectKey } from '../../runtime/object-key.ts'
import type { Asked, Ca, World } from './world.ts'

export interface RenewalInformationReads extends IssuerListers {
  readonly certificates: Lister<Certificate>
  /** Secrets with our label. */
  readonly managedSecrets: Lister<IssuedSecret>
  /** By the UID of the controlling owner. */
  readonly requestsByOwner: Index<CertificateRequest>
  readonly answers: RenewalAnswers
  /** The gate `ACMEUseARI`. */
  readonly isOn: boolean
  /** Until when an issuer whose CA suggests nothing is left alone. */
  readonly silentUntil: (issuer: AnyIssuer) => Instant | undefined
}

/** Everything about the renewal information of one Certificate, from the caches; undefined when it is gone. */
export function observe(reads: RenewalInformationReads, key: ObjectKey): World | undefined {
  const certificate = reads.certificates.get(nameOf(key))
  if (certificate === undefined) return undefined
  const isIssuing = certificate.status?.conditions?.some(({ type, status }) => type === conditionType.issuing && status === 'True') === true
  // Asked as soon as the CA has issued it, the answer is there when the issuance ends, and goes into the same write.
  const leaf = isIssuing ? leafIssuedFor(certificate, reads.requestsByOwner) : issuedLeaf(certificate, reads.managedSecrets)
  const stored = isIssuing ? undefined : certificate.status?.acme?.ari
  const known = (leaf === undefined ? undefined : reads.answers.of(certificate, leaf.certId)) ?? stored
  if (known !== undefined && deepEqual(known, stored)) reads.answers.forget(certificate)
  return { certificate, ca: caOf(reads, certificate), leaf, known, asked: askedIn(known) }
}

/** The issuer that a Certificate refers to, if it is one of ours. */
export function issuerOf(reads: IssuerListers, { metadata, spec }: Certificate): AnyIssuer | undefined {
  return isOurs(spec.issuerRef) ? findIssuer(spec.issuerRef, metadata.namespace, reads) : undefined
}

function caOf(reads: RenewalInformationReads, certificate: Certificate): Ca {
  if (!reads.isOn) return { kind: 'none', why: 'renewal information is switched off' }
  if (!isOurs(certificate.spec.issuerRef)) return { kind: 'none', why: 'the issuer is of another group' }
  const issuer = issuerOf(reads, certificate)
  if (issuer === undefined) return { kind: 'waiting', why: 'the issuer does not exist' }
  const { acme } = issuer.spec
  if (acme === undefined) return { kind: 'none', why: 'the issuer speaks no ACME' }
  if (!usesRenewalInformation(acme)) return { kind: 'none', why: 'the issuer does not use renewal information' }
  if ((issuer.status?.acme?.uri ?? '') === '') return { kind: 'waiting', why: 'the issuer has no ACME account yet' }
  const until = reads.silentUntil(issuer)
  return until === undefined ? { kind: 'asked' } : { kind: 'silent', until }
}

function askedIn(known: Ari | undefined): Asked | undefined {
  const at = parseRfc3339(known?.lastChecked)
  const nextAt = parseRfc3339(known?.nextCheck)
  return at === undefined || nextAt === undefined ? undefined : { at, nextAt }
}
