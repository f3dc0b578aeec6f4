import type { AcmeChallenge } from './authorization.ts'
import type { Directory } from './directory.ts'
import type { PersistentAccount, PersistentOffer } from './persistent-record.ts'
import { isOfServer } from './persistent-record.ts'

/** What a record for this challenge may say; undefined when the CA contradicts itself or means another account. */
export function offerOfChallenge(
  { persistent: terms }: AcmeChallenge,
  directory: Directory,
  account: Pick<PersistentAccount, 'url' | 'server'>,
): PersistentOffer | undefined {
  if (terms === undefined) return undefined
  const { issuerDomainNames, accountUri = account.url } = terms
  if (terms.draft === 1) return accountUri === account.url && isOfServer(account) ? { issuerDomainNames } : undefined

  const { accountHashPrefix, issuerDomainNames: promised = [], caaIdentities } = directory
  // Draft 02 §3.2: what the directory promises is in every challenge, and whoever has CAA identities goes by no other names.
  const isConsistent =
    promised.every((name) => issuerDomainNames.includes(name)) &&
    (caaIdentities.length === 0 || issuerDomainNames.every((name) => caaIdentities.includes(name)))
  return accountHashPrefix === undefined || !isConsistent ? undefined : { issuerDomainNames, accountHashPrefix }
}

/** What a record may say before there is a challenge; undefined when the CA does not tell. Draft 01 leaves it at the CAA identities. */
export function offerOfDirectory({ accountHashPrefix, issuerDomainNames, caaIdentities }: Directory): PersistentOffer | undefined {
  if (accountHashPrefix !== undefined) return issuerDomainNames === undefined ? undefined : { issuerDomainNames, accountHashPrefix }
  return caaIdentities.length === 0 ? undefined : { issuerDomainNames: caaIdentities }
}
