import { createHash } from 'node:crypto'
import { isParameterValue } from './issue-value.ts'

/** What a CA says about records for dns-persist-01, in a challenge or beforehand in its directory. */
export interface PersistentOffer {
  /** Any of them will do. */
  readonly issuerDomainNames: readonly string[]
  /** Since draft 02 the account is named by a hash below this prefix; undefined: the CA follows draft 01 and wants its URL. */
  readonly accountHashPrefix?: string
}

/** The account that a record is to let in. */
export interface PersistentAccount {
  readonly url: string
  /** Of its key: RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string
  /** The directory of the CA. */
  readonly server: string
}

/** A record that proves control of one name for good (draft-ietf-acme-dns-persist). */
export interface PersistentRecord extends PersistentOffer {
  /** Where the CA looks. */
  readonly name: string
  readonly isWildcard: boolean
  /** Any of these names of the account will do. */
  readonly accountUris: readonly string[]
  /** What draft 01 called the account, where the CA has moved to draft 02 and may still take it. */
  readonly outdatedUri?: string
  /** What to write into it. */
  readonly value: string
  /** Records of the names above, one of which may do for the CA instead (draft 02 §6). */
  readonly above: readonly PersistentRecord[]
}

/** The label below which such records stand. */
const LABEL = '_validation-persist'

/** Stands for every name in the hash of draft 02, so that one value may be used at all of them. */
export const ANY_NAME = '*'

/** The record for a name, without its `*.`; undefined when this CA must not be given one that names this account. */
export function persistentRecord(wanted: Wanted, offer: PersistentOffer, account: PersistentAccount): PersistentRecord | undefined {
  const record = recordAt(wanted, offer, account)
  const above = namesAbove(wanted.dnsName).flatMap((dnsName) => recordAt({ dnsName, isWildcard: true }, offer, account) ?? [])
  return record === undefined ? undefined : { ...record, above }
}

interface Wanted {
  readonly dnsName: string
  readonly isWildcard: boolean
}

function recordAt({ dnsName, isWildcard }: Wanted, offer: PersistentOffer, account: PersistentAccount): PersistentRecord | undefined {
  const name = dnsName.toLowerCase()
  const accountUris = accountUrisFor(name, offer, account)
  const [issuerDomainName] = offer.issuerDomainNames
  const [accountUri] = accountUris
  if (issuerDomainName === undefined || accountUri === undefined) return undefined
  const value = `${issuerDomainName}; accounturi=${accountUri}${isWildcard ? '; policy=wildcard' : ''}`
  const outdated = offer.accountHashPrefix === undefined ? {} : { outdatedUri: account.url }
  return { ...offer, ...outdated, name: `${LABEL}.${name}`, isWildcard, accountUris, value, above: [] }
}

/** The nearest first, without top-level domains. */
function namesAbove(dnsName: string): readonly string[] {
  const labels = dnsName.split('.')
  return labels.map((_, index) => labels.slice(index).join('.')).slice(1, Math.min(labels.length - 1, MOST_ABOVE + 1))
}

const MOST_ABOVE = 4

/** How the account may be named at a name, the best way first. */
function accountUrisFor(dnsName: string, { accountHashPrefix }: PersistentOffer, account: PersistentAccount): readonly string[] {
  if (accountHashPrefix === undefined) return isOfServer(account) && isParameterValue(account.url) ? [account.url] : []
  return [...new Set([dnsName, ANY_NAME])].map((name) => `${accountHashPrefix}sha-256/${accountHash(name, account)}`)
}

/** Draft 02 §4.1. The name comes with its length, so that nothing of it can pass for a part of what follows. */
function accountHash(dnsName: string, { url, thumbprint }: PersistentAccount): string {
  return createHash('sha256')
    .update(Buffer.of(dnsName.length))
    .update(dnsName + thumbprint + url, 'latin1')
    .digest('base64url')
}

/**
 * A CA says itself what the URL of our account is and what names it goes by. One that passed off the account of somebody else at another CA as
 * ours would get a record from our user that lets that somebody in. The hash of draft 02 holds our key, so it cannot be abused so.
 */
export function isOfServer({ url, server }: Pick<PersistentAccount, 'url' | 'server'>): boolean {
  return URL.canParse(url) && URL.canParse(server) && new URL(url).host === new URL(server).host
}
