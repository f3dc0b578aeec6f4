import type { CertificateSpec } from '../../crds/certificate.ts'
import type { CsrTemplate } from '../../pki/csr.ts'
import { parseDistinguishedName } from '../../pki/distinguished-name.ts'
import { subjectName, type Name } from '../../pki/name.ts'
import { attributeOid } from '../../pki/oids.ts'
import { usagesOf } from '../../pki/usages.ts'

export type CsrTemplateReading =
  | { readonly kind: 'ok'; readonly template: CsrTemplate }
  | { readonly kind: 'impossible'; readonly why: string }

/**
 * What the CSR of a Certificate says. Usages are in it unless `encodeUsagesInRequest` is false. BasicConstraints are in none, or in every one:
 * whether it is for a CA says the CertificateRequest beside it, and some CAs refuse a CSR that says so too.
 */
export function csrTemplate(
  spec: CertificateSpec,
  { encodesBasicConstraints }: { readonly encodesBasicConstraints: boolean } = { encodesBasicConstraints: false },
): CsrTemplateReading {
  const subject = subjectOf(spec)
  if (typeof subject === 'string') return { kind: 'impossible', why: subject }
  const isCA = spec.isCA ?? false
  const usages = usagesOf(spec.usages, { isCA })
  if (usages.kind === 'unknown') return { kind: 'impossible', why: `spec.usages: unknown ${usages.names.join(', ')}` }
  return {
    kind: 'ok',
    template: {
      subject,
      sans: {
        dnsNames: spec.dnsNames ?? [],
        ipAddresses: spec.ipAddresses ?? [],
        uris: spec.uris ?? [],
        emailAddresses: spec.emailAddresses ?? [],
        otherNames: (spec.otherNames ?? []).map((name) => ({ oid: name.oid ?? '', utf8Value: name.utf8Value ?? '' })),
      },
      usages: spec.encodeUsagesInRequest === false ? undefined : usages.usages,
      isCA: encodesBasicConstraints ? isCA : undefined,
      nameConstraints: nameConstraintsOf(spec),
      signatureAlgorithm: spec.signatureAlgorithm,
    },
  }
}

/** RFC 5280 appendix A.1, ub-common-name. */
const LONGEST_COMMON_NAME = 64

/** The name, or the sentence that says why there is none. */
function subjectOf(spec: CertificateSpec): Name | string {
  if (spec.literalSubject !== undefined && spec.literalSubject !== '') {
    const reading = parseDistinguishedName(spec.literalSubject)
    if (reading.kind === 'unreadable') return `spec.literalSubject: ${reading.why}`
    const isTooLong = reading.name
      .flat()
      .some(({ type, value }) => type === attributeOid.CN && Buffer.byteLength(value) > LONGEST_COMMON_NAME)
    return isTooLong
      ? `spec.literalSubject: the CN has more than ${LONGEST_COMMON_NAME} bytes; put longer names into dnsNames`
      : reading.name
  }
  return subjectName({ ...spec.subject, commonName: spec.commonName })
}

function nameConstraintsOf({ nameConstraints }: CertificateSpec): CsrTemplate['nameConstraints'] {
  return nameConstraints === undefined ? undefined : { ...nameConstraints, critical: nameConstraints.critical ?? false }
}
