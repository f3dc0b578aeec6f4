import { DAY, type Instant } from '../lib/instant.ts'
import { certificateTemplateFromCsr, type CertificateTemplate } from '../pki/certificate-template.ts'
import { rememberedCsr } from '../pki/remembered-csr.ts'
import type { ApprovedRequest } from './signer.ts'

export type TemplateReading =
  | { readonly kind: 'ok'; readonly template: CertificateTemplate }
  | { readonly kind: 'refused'; readonly why: string }

const DEFAULT_DURATION = 90 * DAY

/** What an approved request asks to be signed: names and key from its CSR; usages, CA and lifetime as they were approved. */
export function approvedTemplate({ csr, duration, isCA, usages }: ApprovedRequest, now: Instant): TemplateReading {
  const reading = rememberedCsr(csr)
  if (reading.kind === 'unreadable') return { kind: 'refused', why: `the CSR does not parse: ${reading.why}` }
  if (usages.kind === 'unknown') return { kind: 'refused', why: `unknown usages: ${usages.names.join(', ')}` }
  return certificateTemplateFromCsr(reading.csr, { now, duration: duration ?? DEFAULT_DURATION, isCA, usages: usages.usages })
}
