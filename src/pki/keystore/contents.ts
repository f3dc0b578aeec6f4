import { OperatorError } from '../../lib/operator-error.ts'
import { Redacted } from '../../lib/redacted.ts'
import { readCertificates } from '../certificate.ts'
import type { CertificateReading } from '../certificate.ts'
import { parsePrivateKey } from '../private-key.ts'

/** The certificates of a PEM text that goes into a store; at least one. Throws `pki/unreadable`. */
export function certificatesOf(pem: string): readonly [CertificateReading, ...CertificateReading[]] {
  const reading = readCertificates(pem)
  if (reading.kind === 'unreadable') throw unreadable(reading.why)
  const [first, ...rest] = reading.certificates
  if (first === undefined) throw unreadable('there is no certificate')
  return [first, ...rest]
}

/** The PKCS #8 DER of a private key that goes into a store. Throws `pki/unreadable`. */
export function pkcs8Of(pem: Redacted<string>): Redacted<Uint8Array> {
  const reading = parsePrivateKey(pem.reveal())
  if (reading.kind === 'unreadable') throw unreadable(reading.why)
  return new Redacted<Uint8Array>(reading.key.export({ format: 'der', type: 'pkcs8' }))
}

function unreadable(why: string): OperatorError {
  return new OperatorError('pki/unreadable', `no keystore: ${why}`, { retry: { kind: 'never' } })
}
