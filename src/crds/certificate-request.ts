import { approvalRules, certificateRequestRules, conditionRules, csrRules, requestSpecRules } from './certificate-request-rules.ts'
import { ageColumn, conditionColumn, issuerFields } from './columns.ts'
import { conditionsWithoutGeneration } from './condition.ts'
import type { KindDefinition } from './kind-definition.ts'
import { checkedIssuerReference } from './references.ts'
import type { KubeObject } from './resource.ts'
import { certificateRequests } from './resources.ts'
import { durationRules } from './rules.ts'
import type { TypeOf } from './schema.ts'
import { bytes, comparableBytes, duration, flag, list, map, object, plainList, required, text, time } from './schema.ts'
import { usage } from './usages.ts'

export interface CertificateRequest extends KubeObject {
  readonly spec: CertificateRequestSpec
  readonly status?: CertificateRequestStatus
}
export interface CertificateRequestSpec extends TypeOf<typeof spec> {}
export interface CertificateRequestStatus extends TypeOf<typeof status> {}
export type CertificateRequestCondition = NonNullable<CertificateRequestStatus['conditions']>[number]

const spec = object(
  'What is asked for; it cannot be changed.',
  {
    duration: duration('How long the certificate shall be valid; the issuer may decide otherwise.', { rules: durationRules }),
    issuerRef: required(checkedIssuerReference),
    request: required(comparableBytes('The CSR as PEM.', { rules: csrRules })),
    isCA: flag('Whether a CA certificate is asked for.'),
    usages: list(usage, 'Key usages; digital signature and key encipherment by default.'),
    username: text('Who made the request, as the API server knows them.'),
    uid: text('UID of the requester.'),
    groups: list(text(), 'Groups of the requester.'),
    extra: map(plainList(text()), 'More about the requester.'),
  },
  { rules: requestSpecRules },
)

const status = object('What became of it.', {
  conditions: conditionsWithoutGeneration({ ofItem: conditionRules, ofList: approvalRules }),
  certificate: bytes('The signed certificate and its chain as PEM.'),
  ca: bytes('The CA certificate as PEM, where the issuer knows it.'),
  failureTime: time('When it failed.'),
})

/** The CertificateRequest kind: one attempt to get a CSR signed. */
export const certificateRequestDefinition: KindDefinition = {
  resource: certificateRequests,
  description: 'A CertificateRequest asks an issuer to sign a CSR once.',
  shortNames: ['cr', 'crs'],
  categories: ['cert-manager'],
  columns: [
    conditionColumn('Approved', 'Approved', 'status'),
    conditionColumn('Denied', 'Denied', 'status'),
    conditionColumn('Ready', 'Ready', 'status'),
    { name: 'Issuer', type: 'string', jsonPath: '.spec.issuerRef.name' },
    { name: 'Requester', type: 'string', jsonPath: '.spec.username' },
    { ...conditionColumn('Status', 'Ready', 'message'), priority: 1 },
    ageColumn,
  ],
  selectableFields: issuerFields,
  spec,
  status,
  rules: certificateRequestRules,
}
