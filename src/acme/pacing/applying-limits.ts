import type { Identifier } from '../identifier.ts'
import type { PublishedLimits } from './published-limits.ts'
import { registeredDomains } from './registered-domain.ts'
import type { Rate } from './token-bucket.ts'

/** One limit that an order has to pass. */
export interface Applying {
  readonly scope: 'set' | 'domain' | 'account'
  /** The same for all orders that share the limit. */
  readonly name: string
  /** What it counts by: a registered domain, the account's URL, the names. */
  readonly subject: string
  readonly rate: Rate | undefined
}

export interface Ordering {
  readonly directoryUrl: string
  readonly accountUrl: string
  readonly identifiers: readonly Identifier[]
}

/** The limits of the CA that an order meets, the narrowest first, so that nobody waits for a wide one who may not pass a narrow one. */
export function applyingLimits({ directoryUrl, accountUrl, identifiers }: Ordering, limits: PublishedLimits): readonly Applying[] {
  const names = namesOf(identifiers)
  return [
    { scope: 'set', name: `set ${directoryUrl} ${names}`, subject: names, rate: limits.identifierSet },
    ...registeredDomains(identifiers).map((subject): Applying => ({
      scope: 'domain',
      name: `domain ${directoryUrl} ${subject}`,
      subject,
      rate: limits.registeredDomain,
    })),
    { scope: 'account', name: `account ${directoryUrl} ${accountUrl}`, subject: accountUrl, rate: limits.account },
  ]
}

function namesOf(identifiers: readonly Identifier[]): string {
  return identifiers
    .map(({ value }) => value.toLowerCase())
    .toSorted()
    .join(',')
}
