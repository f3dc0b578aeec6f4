import { revocationRules } from './certificate-revocation-rules.ts'
import { ageColumn, conditionColumn } from './columns.ts'
import { conditions } from './condition.ts'
import type { KindDefinition } from './kind-definition.ts'
import { issuerReference } from './references.ts'
import type { KubeObject } from './resource.ts'
import { certificateRevocations } from './resources.ts'
import type { TypeOf } from './schema.ts'
import { bytes, choice, object, required, text, time } from './schema.ts'

export interface CertificateRevocation extends KubeObject {
  readonly spec: CertificateRevocationSpec
  readonly status?: CertificateRevocationStatus
}
export interface CertificateRevocationSpec extends TypeOf<typeof spec> {}
export interface CertificateRevocationStatus extends TypeOf<typeof status> {}
export type RevocationReason = TypeOf<typeof revocationReason>

/** Reasons of RFC 5280 section 5.3.1 that a subscriber may give. */
const revocationReason = choice(
  ['unspecified', 'keyCompromise', 'affiliationChanged', 'superseded', 'cessationOfOperation', 'privilegeWithdrawn'],
  'Why it is revoked (RFC 5280 section 5.3.1); unspecified by default.',
)

const spec = object(
  'What is to be revoked; it cannot be changed.',
  {
    certificateRef: object('The Certificate whose current certificate is revoked.', {
      name: required(text('Name of a Certificate in the same namespace.', { maxLength: 253 })),
    }),
    serialNumber: text(
      'Serial number, hexadecimal, of a certificate that a CertificateRequest of this namespace brought; for one that is no longer the current one.',
      { maxLength: 128 },
    ),
    reason: revocationReason,
    reissue: choice(['First', 'No'], 'First: the Certificate gets a new certificate before the old one is revoked; No by default.'),
  },
  { rules: revocationRules },
)

const status = object('What became of it.', {
  conditions,
  serialNumber: text('Serial number of the certificate, hexadecimal.'),
  certificate: bytes('The certificate that is revoked, as PEM; kept because a reissue replaces it.'),
  certificateName: text('The Certificate that it belongs to.'),
  issuerRef: issuerReference,
  revokedAt: time('When the CA took it.'),
})

/** The CertificateRevocation kind: one certificate taken back at its CA. */
export const certificateRevocationDefinition: KindDefinition = {
  resource: certificateRevocations,
  description: 'A CertificateRevocation revokes one certificate at the CA that issued it.',
  shortNames: ['crev'],
  categories: ['cert-manager', 'certwright'],
  columns: [
    conditionColumn('Revoked', 'Revoked', 'status'),
    { name: 'Certificate', type: 'string', jsonPath: '.status.certificateName' },
    { name: 'Serial', type: 'string', jsonPath: '.status.serialNumber' },
    { ...conditionColumn('Status', 'Revoked', 'message'), priority: 1 },
    ageColumn,
  ],
  spec,
  status,
  required: ['spec'],
}
