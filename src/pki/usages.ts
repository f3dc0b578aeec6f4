/** `keyUsage` is a set of bits, bit n of RFC 5280 §4.2.1.3 at `1 << n`; `extended` are dotted OIDs in order. */
export interface Usages {
  readonly keyUsage: number
  readonly extended: readonly string[]
}

/** Bits of the KeyUsage extension, RFC 5280 §4.2.1.3. */
export const keyUsage = {
  digitalSignature: 1 << 0,
  contentCommitment: 1 << 1,
  keyEncipherment: 1 << 2,
  dataEncipherment: 1 << 3,
  keyAgreement: 1 << 4,
  certSign: 1 << 5,
  crlSign: 1 << 6,
  encipherOnly: 1 << 7,
  decipherOnly: 1 << 8,
} as const

/** API names as usages; a name that the API does not have is not left out in silence. */
export type UsagesReading =
  | { readonly kind: 'ok'; readonly usages: Usages }
  | { readonly kind: 'unknown'; readonly names: readonly string[] }

/** The usages of API names (`spec.usages`); none means `digital signature` and `key encipherment`, and a CA also gets `cert sign`. */
export function usagesOf(names: readonly string[] | undefined, subject: { readonly isCA: boolean }): UsagesReading {
  const wanted = names === undefined || names.length === 0 ? DEFAULT_USAGES : names
  const unknown = wanted.filter((name) => !KEY_USAGES.has(name) && !EXTENDED_KEY_USAGES.has(name))
  if (unknown.length > 0) return { kind: 'unknown', names: unknown }

  const bits = wanted.reduce((sum, name) => sum | (KEY_USAGES.get(name) ?? 0), subject.isCA ? keyUsage.certSign : 0)
  const extended = wanted.flatMap((name) => EXTENDED_KEY_USAGES.get(name) ?? [])
  return { kind: 'ok', usages: { keyUsage: bits, extended } }
}

/** The API names of usages: bits first, by number, then EKUs in their order; an EKU that the API has no name for is left out. */
export function usageNames(usages: Usages): readonly string[] {
  const bits = [...KEY_USAGE_NAMES].filter(([bit]) => (usages.keyUsage & bit) !== 0).map(([, name]) => name)
  return [...bits, ...usages.extended.flatMap((oid) => EXTENDED_KEY_USAGE_NAMES.get(oid) ?? [])]
}

/**
 * Whether a CSR may ask for this EKU only if the request beside it does: those that the API has a name for, and two for signing code that it
 * has none for, so that nobody can approve them. Any other is for programs that we know nothing of, and stays.
 */
export function mustBeApproved(oid: string): boolean {
  return EXTENDED_KEY_USAGE_NAMES.has(oid) || MICROSOFT_CODE_SIGNING.has(oid)
}

const DEFAULT_USAGES = ['digital signature', 'key encipherment']

// Of two names for one usage the last is the one that reading yields.
const KEY_USAGES: ReadonlyMap<string, number> = new Map([
  ['signing', keyUsage.digitalSignature],
  ['digital signature', keyUsage.digitalSignature],
  ['content commitment', keyUsage.contentCommitment],
  ['key encipherment', keyUsage.keyEncipherment],
  ['data encipherment', keyUsage.dataEncipherment],
  ['key agreement', keyUsage.keyAgreement],
  ['cert sign', keyUsage.certSign],
  ['crl sign', keyUsage.crlSign],
  ['encipher only', keyUsage.encipherOnly],
  ['decipher only', keyUsage.decipherOnly],
])

// RFC 5280 §4.2.1.12, RFC 4945 §5.1.3.12 (IPsec), and the two "server gated crypto" ones of the 1990s.
const EXTENDED_KEY_USAGES: ReadonlyMap<string, string> = new Map([
  ['any', '2.5.29.37.0'],
  ['server auth', '1.3.6.1.5.5.7.3.1'],
  ['client auth', '1.3.6.1.5.5.7.3.2'],
  ['code signing', '1.3.6.1.5.5.7.3.3'],
  ['s/mime', '1.3.6.1.5.5.7.3.4'],
  ['email protection', '1.3.6.1.5.5.7.3.4'],
  ['ipsec end system', '1.3.6.1.5.5.7.3.5'],
  ['ipsec tunnel', '1.3.6.1.5.5.7.3.6'],
  ['ipsec user', '1.3.6.1.5.5.7.3.7'],
  ['timestamping', '1.3.6.1.5.5.7.3.8'],
  ['ocsp signing', '1.3.6.1.5.5.7.3.9'],
  ['microsoft sgc', '1.3.6.1.4.1.311.10.3.3'],
  ['netscape sgc', '2.16.840.1.113730.4.1'],
])

/** Commercial code and kernel drivers: what Windows runs. */
const MICROSOFT_CODE_SIGNING: ReadonlySet<string> = new Set(['1.3.6.1.4.1.311.2.1.22', '1.3.6.1.4.1.311.61.1.1'])

const KEY_USAGE_NAMES = inverted(KEY_USAGES)
const EXTENDED_KEY_USAGE_NAMES = inverted(EXTENDED_KEY_USAGES)

function inverted<V>(map: ReadonlyMap<string, V>): ReadonlyMap<V, string> {
  return new Map([...map].map(([name, value]) => [value, name]))
}
