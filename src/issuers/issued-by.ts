import type { CertificateRequest } from '../crds/certificate-request.ts'
import type { IssuerReference } from '../crds/references.ts'
import { readCertificate, type CertificateReading } from '../pki/certificate.ts'
import { currentRecord, memberRecords } from './pool/member-record.ts'
import { isPoolReference, referenceTo } from './pool/pool-reading.ts'

/** The leaf that a CertificateRequest brought; undefined while there is none. */
export function issuedLeaf({ status }: CertificateRequest): CertificateReading | undefined {
  const { certificate = '' } = status ?? {}
  if (certificate === '') return undefined
  const reading = readCertificate(Buffer.from(certificate, 'base64'))
  return reading.kind === 'ok' ? reading.certificate : undefined
}

/** The issuer that signed a request: of a pool, the one that was asked last. undefined: a pool that has asked nobody. */
export function issuedBy({ spec, status }: CertificateRequest): IssuerReference | undefined {
  if (!isPoolReference(spec.issuerRef)) return spec.issuerRef
  const record = currentRecord(memberRecords(status?.conditions))
  return record === undefined ? undefined : referenceTo(record.member)
}
