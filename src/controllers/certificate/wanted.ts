import type { CertificateSpec } from '../../crds/certificate.ts'
import { parseGoDuration } from '../../lib/go-duration.ts'
import { DAY } from '../../lib/instant.ts'
import { csrTemplateProblem } from '../../pki/csr.ts'
import type { PrivateKeySpec } from '../../pki/private-key.ts'
import { csrTemplate } from './csr-template.ts'
import { readRenewalWindows, type RenewalWindows } from './renewal-windows.ts'

/** A Certificate's spec with the defaults of the API filled in and its durations read. */
export interface Wanted {
  readonly issuer: { readonly name: string; readonly kind: string; readonly group: string }
  readonly key: PrivateKeySpec
  readonly keyEncoding: 'PKCS1' | 'PKCS8'
  readonly reusesKey: boolean
  readonly usages: readonly string[]
  /** Requested lifetime in milliseconds. */
  readonly duration: number
  readonly renewal: RenewalPolicy
  readonly windows: RenewalWindows
  readonly revisionHistoryLimit: number
  /** Why no CSR can be made from the spec, as a sentence; undefined: one can. */
  readonly csrProblem: string | undefined
}

export type RenewalPolicy =
  | { readonly kind: 'default' }
  | { readonly kind: 'before'; readonly milliseconds: number }
  | { readonly kind: 'percentage'; readonly percentage: number }
  | { readonly kind: 'disabled' }

const DEFAULT_DURATION = 90 * DAY
const DEFAULT_USAGES = ['digital signature', 'key encipherment'] as const
const defaultSize: Readonly<Record<string, number>> = { RSA: 2048, ECDSA: 256, Ed25519: 0 }

/** Reads a spec. A duration that does not parse counts as not given: the API server has already refused it on newer objects. */
export function wantedFrom(spec: CertificateSpec): Wanted {
  return {
    issuer: { name: spec.issuerRef.name, kind: spec.issuerRef.kind || 'Issuer', group: spec.issuerRef.group || 'cert-manager.io' },
    key: keySpec(spec),
    keyEncoding: spec.privateKey?.encoding ?? 'PKCS1',
    reusesKey: spec.privateKey?.rotationPolicy === 'Never',
    usages: spec.usages !== undefined && spec.usages.length > 0 ? spec.usages : DEFAULT_USAGES,
    duration: parsed(spec.duration) ?? DEFAULT_DURATION,
    renewal: renewalPolicy(spec),
    windows: readRenewalWindows(spec.renewal),
    revisionHistoryLimit: spec.revisionHistoryLimit ?? 1,
    csrProblem: csrProblem(spec),
  }
}

function keySpec(spec: CertificateSpec): PrivateKeySpec {
  const algorithm = spec.privateKey?.algorithm ?? 'RSA'
  const size = spec.privateKey?.size ?? 0
  // An Ed25519 key has one size; what a spec says about it has never mattered, and neither has a size below one.
  return { algorithm, size: size > 0 && algorithm !== 'Ed25519' ? size : (defaultSize[algorithm] ?? 0) }
}

function renewalPolicy(spec: CertificateSpec): RenewalPolicy {
  if (spec.renewal?.policy === 'Disabled') return { kind: 'disabled' }
  const before = parsed(spec.renewBefore)
  if (before !== undefined) return { kind: 'before', milliseconds: before }
  if (spec.renewBeforePercentage !== undefined) return { kind: 'percentage', percentage: spec.renewBeforePercentage }
  return { kind: 'default' }
}

function parsed(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : parseGoDuration(duration)
}

function csrProblem(spec: CertificateSpec): string | undefined {
  const template = csrTemplate(spec)
  return template.kind === 'ok' ? csrTemplateProblem(template.template) : template.why
}
