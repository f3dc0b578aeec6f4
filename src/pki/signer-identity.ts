import { createHash } from 'node:crypto'
import type { CertificateReading } from './certificate.ts'

/** Who signed a certificate, as far as it says: the signer's name and key identifier (RFC 5280 sections 4.1.2.4 and 4.2.1.1). */
export interface SignerIdentity {
  /** A digest of the name as it is encoded. */
  readonly name: string
  /** Hex; undefined when the certificate does not say. */
  readonly keyId: string | undefined
}

/** The signer that a certificate names. */
export function issuedBy({ rawIssuer, authorityKeyId }: CertificateReading): SignerIdentity {
  return identity(rawIssuer, authorityKeyId)
}

/** A CA as the certificates name it that it signs. */
export function asSigner({ rawSubject, subjectKeyId }: CertificateReading): SignerIdentity {
  return identity(rawSubject, subjectKeyId)
}

/** Whether two identities can be one signer; key identifiers are compared where both are known. */
export function isSameSigner(a: SignerIdentity, b: SignerIdentity): boolean {
  return a.name === b.name && (a.keyId === undefined || b.keyId === undefined || a.keyId === b.keyId)
}

function identity(name: Uint8Array, keyId: Uint8Array | undefined): SignerIdentity {
  return {
    name: createHash('sha256').update(name).digest('base64').slice(0, 22),
    keyId: keyId === undefined ? undefined : Buffer.from(keyId).toString('hex'),
  }
}
