/** Object identifiers of distinguished names (RFC 5280 appendix A, RFC 4519), by the short names of RFC 4514. */
export const attributeOid = {
  CN: '2.5.4.3',
  SERIALNUMBER: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  STREET: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  POSTALCODE: '2.5.4.17',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
} as const

/** Certificate extensions, RFC 5280 §4.2. */
export const extensionOid = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  /** RFC 8737 §6.1. */
  acmeIdentifier: '1.3.6.1.5.5.7.1.31',
} as const

/** Access methods of the AuthorityInfoAccess extension, RFC 5280 §4.2.2.1. */
export const accessMethodOid = {
  ocsp: '1.3.6.1.5.5.7.48.1',
  caIssuers: '1.3.6.1.5.5.7.48.2',
} as const

/** The PKCS #9 attribute of a CSR that holds the extensions it asks for, RFC 2985 §5.4.2. */
export const extensionRequestOid = '1.2.840.113549.1.9.14'
