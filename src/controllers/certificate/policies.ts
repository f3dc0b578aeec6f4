import { certificateReason } from '../../crds/reasons.ts'
import { earliest, toRfc3339, type Instant } from '../../lib/instant.ts'
import { isSameIssuer } from '../../issuers/is-same-issuer.ts'
import { sameMembers } from '../../lib/same-members.ts'
import { canonicalIp } from '../../pki/sans.ts'
import { caChangeDue } from './ca-change.ts'
import { suggestedTime, suggestionText } from './renewal-suggestion.ts'
import { renewalTime } from './renewal-time.ts'
import { intoWindow, type RenewalMoment } from './renewal-windows.ts'
import { requestOfRevision } from './requests.ts'
import type { KeyPair, StoredSecret } from './stored-secret.ts'
import { isTemporary } from './temporary.ts'
import type { RenewalPolicy } from './wanted.ts'
import type { World } from './world.ts'

/** Why the stored key pair will not do; `reason` is the condition's reason that clients of the API know. */
export interface Violation {
  readonly reason: string
  readonly message: string
}

/** The first reason to issue anew, in the order that clients of the API rely on, ours last; undefined when all is well. */
export function whyReissue(world: World, now: Instant): Violation | undefined {
  return storedViolation(world) ?? renewalDue(world, now) ?? caChangeDue(world, now)
}

/** The first reason why the Certificate is not Ready: the same chain, but a due renewal leaves it Ready until it expires. */
export function whyNotReady(world: World, now: Instant): Violation | undefined {
  return storedViolation(world) ?? expired(world, now)
}

type Rule = (stored: StoredSecret, pair: KeyPair, world: World) => Violation | undefined

const rules: readonly Rule[] = [issuerDiffers, certificateNameDiffers, keyDiffersFromSpec, keyDiffersFromRequest, requestDiffersFromSpec]

function storedViolation(world: World): Violation | undefined {
  const { stored } = world
  if (stored === undefined)
    return { reason: certificateReason.doesNotExist, message: `Secret ${JSON.stringify(world.certificate.spec.secretName)} does not exist` }
  if (stored.pair.kind === 'incomplete') return { reason: certificateReason.missingData, message: `the Secret ${stored.pair.why}` }
  if (stored.pair.kind === 'broken') return { reason: stored.pair.reason, message: `the Secret ${stored.pair.why}` }
  for (const rule of rules) {
    const violation = rule(stored, stored.pair, world)
    if (violation !== undefined) return violation
  }
  return undefined
}

function issuerDiffers(stored: StoredSecret, _pair: KeyPair, { wanted }: World): Violation | undefined {
  const { name = namesNoIssuer(stored) ? wanted.issuer.name : undefined, kind } = stored.issuer
  if (isSameIssuer({ ...stored.issuer, name }, wanted.issuer)) return undefined
  if (isTemporary(stored)) {
    const message = `the Secret holds a temporary certificate until ${wanted.issuer.kind} ${JSON.stringify(wanted.issuer.name)} has signed`
    return { reason: certificateReason.incorrectIssuer, message }
  }
  const before = name === undefined ? 'an unknown issuer' : `${kind || 'Issuer'} ${JSON.stringify(name)}`
  return {
    reason: certificateReason.incorrectIssuer,
    message: `the certificate in the Secret came from ${before}, not from ${wanted.issuer.kind} ${JSON.stringify(wanted.issuer.name)}`,
  }
}

/** A key pair that was restored from a backup, or brought along: nothing contradicts its being from an Issuer of any name. */
function namesNoIssuer({ issuer }: StoredSecret): boolean {
  return issuer.name === undefined && issuer.kind === undefined && issuer.group === undefined
}

function certificateNameDiffers(stored: StoredSecret, _pair: KeyPair, { certificate }: World): Violation | undefined {
  if (stored.certificateName === undefined || stored.certificateName === certificate.metadata.name) return undefined
  return {
    reason: certificateReason.incorrectCertificate,
    message: `the Secret was issued for Certificate ${JSON.stringify(stored.certificateName)}; if this stays, two Certificates name the same Secret`,
  }
}

function keyDiffersFromSpec(_stored: StoredSecret, pair: KeyPair, { wanted }: World): Violation | undefined {
  const differs = [
    ...(pair.key.algorithm === wanted.key.algorithm ? [] : ['spec.privateKey.algorithm']),
    ...(pair.key.algorithm !== wanted.key.algorithm || wanted.key.size === 0 || pair.key.size === wanted.key.size
      ? []
      : ['spec.privateKey.size']),
  ]
  if (differs.length === 0) return undefined
  return { reason: certificateReason.secretMismatch, message: `the stored private key does not fit ${differs.join(', ')}` }
}

function keyDiffersFromRequest(_stored: StoredSecret, pair: KeyPair, world: World): Violation | undefined {
  const request = currentRequest(world)
  if (request === undefined) return undefined
  if (request.publicKeyFingerprint === undefined) {
    return {
      reason: certificateReason.invalidCertificateRequest,
      message: `the CSR of CertificateRequest ${JSON.stringify(request.name)} does not parse`,
    }
  }
  if (request.publicKeyFingerprint === pair.publicKeyFingerprint) return undefined
  return {
    reason: certificateReason.secretMismatch,
    message: `the stored private key is not the one of CertificateRequest ${JSON.stringify(request.name)}`,
  }
}

/** Without the request of the current revision, the stored certificate itself is compared, as loosely as CAs rewrite names. */
function requestDiffersFromSpec(_stored: StoredSecret, pair: KeyPair, world: World): Violation | undefined {
  const request = currentRequest(world)
  if (request === undefined) return leafDiffersFromSpec(pair, world)
  if (request.violations === undefined || request.violations.length === 0) return undefined
  return {
    reason: certificateReason.requestChanged,
    message: `changed since CertificateRequest ${JSON.stringify(request.name)}: ${request.violations.join(', ')}`,
  }
}

function leafDiffersFromSpec({ leaf }: KeyPair, { certificate: { spec } }: World): Violation | undefined {
  // CAs promote a DNS name to the common name and the other way round, so the two are compared as one set.
  const wantedNames = new Set([...(spec.dnsNames ?? []), ...(spec.commonName ? [spec.commonName] : [])])
  const names = new Set([...leaf.dnsNames, ...(leaf.commonName === '' ? [] : [leaf.commonName])])
  const differs = [
    ...(wantedNames.symmetricDifference(names).size === 0 ? [] : ['spec.commonName or spec.dnsNames']),
    ...(sameMembers(leaf.ipAddresses, (spec.ipAddresses ?? []).map(canonicalIp)) ? [] : ['spec.ipAddresses']),
    ...(sameMembers(leaf.uris, spec.uris ?? []) ? [] : ['spec.uris']),
    ...(sameMembers(leaf.emailAddresses, spec.emailAddresses ?? []) ? [] : ['spec.emailAddresses']),
  ]
  return differs.length === 0
    ? undefined
    : { reason: certificateReason.secretMismatch, message: `the stored certificate does not fit ${differs.join(', ')}` }
}

function currentRequest(world: World) {
  const revision = world.certificate.status?.revision
  return revision === undefined ? undefined : requestOfRevision(world.requests, revision)
}

function renewalDue(world: World, now: Instant): Violation | undefined {
  const renewal = storedRenewal(world)
  if (renewal === undefined || now < renewal.at) return undefined
  const parts = [`renewal was due at ${toRfc3339(renewal.at)}`, suggestionText(world.suggestion), renewal.problem]
  const message = parts.filter((part) => part !== undefined).join('; ')
  return { reason: certificateReason.renewing, message }
}

/** When the stored certificate is to be renewed; undefined without one, or when renewal is disabled. */
export function storedRenewal(world: World): RenewalMoment | undefined {
  const { stored, wanted } = world
  if (stored?.pair.kind !== 'ok' || isTemporary(stored)) return undefined
  const { leaf, chainFingerprint } = stored.pair
  const own = renewalTime({ ...leaf, issuedAt: issuedAt(world) }, wanted.renewal)
  const suggested = suggestedTime(world.suggestion, leaf, `${world.certificate.metadata.uid ?? ''} ${chainFingerprint}`)
  const desired = agreedTime(own, suggested, wanted.renewal)
  return desired === undefined ? undefined : intoWindow(desired, leaf.notAfter, wanted.windows)
}

/** The CA's suggestion, unless the user wants to renew earlier, or never. */
function agreedTime(own: Instant | undefined, suggested: Instant | undefined, policy: RenewalPolicy): Instant | undefined {
  if (own === undefined || suggested === undefined) return own
  return policy.kind === 'default' ? suggested : earliest(own, suggested)
}

function issuedAt(world: World): Instant | undefined {
  const state = currentRequest(world)?.state
  return state?.kind === 'issued' ? state.issuedAt : undefined
}

function expired({ stored }: World, now: Instant): Violation | undefined {
  if (stored?.pair.kind !== 'ok' || now <= stored.pair.leaf.notAfter) return undefined
  return { reason: certificateReason.expired, message: `the certificate expired at ${toRfc3339(stored.pair.leaf.notAfter)}` }
}
