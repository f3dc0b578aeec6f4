import { asText, isRecord } from './json.ts'
import { parseAccountHashPrefix, parseCaaIdentities, parseIssuerDomainNames } from './persistent-terms.ts'

/** What a CA offers and where (RFC 8555 §7.1.1). */
export interface Directory {
  readonly newNonce: string
  readonly newAccount: string
  readonly newOrder: string
  readonly revokeCert?: string
  readonly keyChange?: string
  /** RFC 9773: present when the CA suggests renewal windows. */
  readonly renewalInfo?: string
  readonly termsOfService?: string
  readonly website?: string
  readonly externalAccountRequired: boolean
  /** Profile name → what the CA says about it; empty when the CA has none. */
  readonly profiles: Readonly<Record<string, string>>
  /** The names that the CA goes by in CAA records. */
  readonly caaIdentities: readonly string[]
  /** For dns-persist-01 since its draft 02: the names that every challenge will have, and what stands before the hash of an account. */
  readonly issuerDomainNames?: readonly string[]
  readonly accountHashPrefix?: string
}

/** A directory from the CA's answer; undefined when it is none. */
export function parseDirectory(body: unknown): Directory | undefined {
  if (!isRecord(body)) return undefined
  const newNonce = asText(body['newNonce'])
  const newAccount = asText(body['newAccount'])
  const newOrder = asText(body['newOrder'])
  if (newNonce === undefined || newAccount === undefined || newOrder === undefined) return undefined

  const meta = isRecord(body['meta']) ? body['meta'] : {}
  return {
    newNonce,
    newAccount,
    newOrder,
    ...optional('revokeCert', asText(body['revokeCert'])),
    ...optional('keyChange', asText(body['keyChange'])),
    ...optional('renewalInfo', asText(body['renewalInfo'])),
    ...optional('termsOfService', asText(meta['termsOfService'])),
    ...optional('website', asText(meta['website'])),
    externalAccountRequired: meta['externalAccountRequired'] === true,
    profiles: parseProfiles(meta['profiles']),
    caaIdentities: parseCaaIdentities(meta['caaIdentities']),
    ...optional('issuerDomainNames', parseIssuerDomainNames(meta['issuerDomainNames'])),
    ...optional('accountHashPrefix', parseAccountHashPrefix(meta['accountHashPrefix'])),
  }
}

function parseProfiles(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([name, description]) => [name, asText(description) ?? '']))
}

function optional<K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [name]: value } as Record<K, V>)
}
