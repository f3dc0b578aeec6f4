import type { KeyObject } from 'node:crypto'
import { isIP } from 'node:net'

import { tlsAlpn01Digest } from '../../acme/key-authorization.ts'
import type { Instant } from '../../lib/instant.ts'
import { DAY, plus } from '../../lib/instant.ts'
import { readCertificate } from '../../pki/certificate.ts'
import { octetString } from '../../pki/der/der-writer.ts'
import { extensionOid } from '../../pki/oids.ts'
import { canonicalIp, type Sans } from '../../pki/sans.ts'
import { signCertificate } from '../../pki/sign-certificate.ts'
import { spkiOf } from '../../pki/subject-public-key.ts'

/** What a validation certificate proves. */
export interface Proof {
  /** A DNS name or an IP address. */
  readonly identifier: string
  readonly keyAuthorization: string
}

/** The self-signed certificate by which control of an identifier is proved (RFC 8737 §3): its name, and the digest in a critical extension. */
export function validationCertificate(proof: Proof, key: KeyObject, now: Instant): Promise<string> {
  const template = {
    subject: [],
    publicKey: spkiOf(key),
    // Clocks differ; nobody checks the time but to be kind.
    notBefore: plus(now, -DAY),
    notAfter: plus(now, 7 * DAY),
    isCA: false,
    usages: { keyUsage: 0, extended: [] },
    sans: sansOf(proof.identifier),
    otherExtensions: [{ oid: extensionOid.acmeIdentifier, critical: true, value: extensionValue(proof) }],
  }
  return signCertificate(template, { key })
}

/** What is wrong with a certificate (DER) as proof, as the CA would see it; undefined: nothing. */
export function proofFault(der: Uint8Array, proof: Proof): string | undefined {
  const reading = readCertificate(der)
  if (reading.kind === 'unreadable') return 'it cannot be read'
  const { sans, extensions } = reading.certificate
  const extension = extensions.find(({ oid, critical }) => oid === extensionOid.acmeIdentifier && critical)
  if (extension === undefined) return 'it is an ordinary certificate'
  const { dnsNames = [], ipAddresses = [] } = sansOf(proof.identifier)
  const isNamed = sameNames(sans.dnsNames, dnsNames) && sameNames(sans.ipAddresses, ipAddresses)
  if (!isNamed) return 'it is for another name'
  return Buffer.compare(extension.value, extensionValue(proof)) === 0 ? undefined : 'it answers another challenge'
}

function sansOf(identifier: string): Pick<Partial<Sans>, 'dnsNames' | 'ipAddresses'> {
  return isIP(identifier) === 0 ? { dnsNames: [identifier.toLowerCase()] } : { ipAddresses: [canonicalIp(identifier)] }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, at) => name.toLowerCase() === b[at])
}

/** RFC 8737 §3: the SHA-256 of the key authorization, an OCTET STRING. */
function extensionValue({ keyAuthorization }: Proof): Uint8Array {
  return octetString(tlsAlpn01Digest(keyAuthorization))
}
