import { isIssuerDomainName, isParameterValue } from './issue-value.ts'
import { asText, asTexts } from './json.ts'

/** What a challenge of type dns-persist-01 says, beyond what every challenge does. */
export interface PersistentTerms {
  readonly issuerDomainNames: readonly string[]
  /** Draft 01 writes the member `issuer-domain-names`, and wants the account by its URL; draft 02 `issuerDomainNames`, and wants its hash. */
  readonly draft: 1 | 2
  /** The account in the words of the CA; draft 01 only. */
  readonly accountUri?: string
}

/** The terms of a challenge; undefined when it has none, or none that a client may take. */
export function parsePersistentTerms(challenge: Readonly<Record<string, unknown>>): PersistentTerms | undefined {
  const draft = challenge['issuerDomainNames'] === undefined ? 1 : 2
  const issuerDomainNames = parseIssuerDomainNames(challenge[draft === 1 ? 'issuer-domain-names' : 'issuerDomainNames'])
  if (issuerDomainNames === undefined) return undefined
  const accountUri = draft === 1 ? asText(challenge['accounturi']) : undefined
  return { issuerDomainNames, draft, ...(accountUri === undefined ? {} : { accountUri }) }
}

/** Draft 02 §3.1: between 1 and 10 normalized domain names; undefined for anything else, which a client must refuse. */
export function parseIssuerDomainNames(value: unknown): readonly string[] | undefined {
  const names = asTexts(value)
  return names !== undefined && names.length > 0 && names.length <= MOST_NAMES && names.every(isIssuerDomainName) ? names : undefined
}

/** Draft 02 §4.1: what stands before the hash of an account; undefined for what would make no URL, or break the record. */
export function parseAccountHashPrefix(value: unknown): string | undefined {
  const prefix = asText(value)
  return prefix !== undefined && prefix.length <= LONGEST_PREFIX && isParameterValue(prefix) && URL.canParse(prefix) ? prefix : undefined
}

/** The names that a CA goes by, without those that are none. */
export function parseCaaIdentities(value: unknown): readonly string[] {
  const names = (asTexts(value) ?? []).map((name) => name.toLowerCase().replace(/\.$/, ''))
  return names.filter(isIssuerDomainName).slice(0, MOST_IDENTITIES)
}

const MOST_NAMES = 10
const MOST_IDENTITIES = 100
const LONGEST_PREFIX = 512
