/**
 * The name of a certificate at the renewalInfo resource and in `replaces` (RFC 9773 §4.1): the key identifier of its Authority Key
 * Identifier, a dot, and its serial number, both base64url. `serialNumber` is big-endian, with or without leading zeros.
 */
export function ariCertId(leaf: { readonly authorityKeyId: Uint8Array; readonly serialNumber: Uint8Array }): string {
  return `${base64url(leaf.authorityKeyId)}.${base64url(derInteger(leaf.serialNumber))}`
}

/** The value bytes of a positive DER INTEGER: no needless zeros, but one where the top bit would read as a minus sign. */
function derInteger(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0)
  if (first < 0) return Uint8Array.of(0)
  const magnitude = bytes.subarray(first)
  return (magnitude[0] ?? 0) < 0x80 ? magnitude : Uint8Array.of(0, ...magnitude)
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
