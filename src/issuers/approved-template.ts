import type { CertificateRequest } from '../crds/certificate-request.ts'
import { DAY, type Instant } from '../lib/instant.ts'
import { parseGoDuration } from '../lib/go-duration.ts'
import { certificateTemplateFromCsr, type CertificateTemplate } from '../pki/certificate-template.ts'
import { rememberedCsr } from '../pki/remembered-csr.ts'
import { usagesOf } from '../pki/usages.ts'

export type TemplateReading =
  | { readonly kind: 'ok'; readonly template: CertificateTemplate }
  | { readonly kind: 'refused'; readonly why: string }

const DEFAULT_DURATION = 90 * DAY

/** What an approved request asks to be signed: names and key from its CSR, usages, CA and lifetime from its spec, which is what was approved. */
export function approvedTemplate({ spec }: CertificateRequest, now: Instant): TemplateReading {
  const csr = rememberedCsr(spec.request)
  if (csr.kind === 'unreadable') return { kind: 'refused', why: `the CSR does not parse: ${csr.why}` }
  const isCA = spec.isCA ?? false
  const usages = usagesOf(spec.usages, { isCA })
  if (usages.kind === 'unknown') return { kind: 'refused', why: `unknown usages: ${usages.names.join(', ')}` }
  const duration = (spec.duration === undefined ? undefined : parseGoDuration(spec.duration)) ?? DEFAULT_DURATION
  return certificateTemplateFromCsr(csr.csr, { now, duration, isCA, usages: usages.usages })
}
