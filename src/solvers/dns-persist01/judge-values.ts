import type { IssueValue } from '../../acme/issue-value.ts'
import { parseIssueValue } from '../../acme/issue-value.ts'
import type { PersistentRecord } from '../../acme/persistent-record.ts'
import { instant, SECOND, toRfc3339 } from '../../lib/instant.ts'
import type { Instant } from '../../lib/instant.ts'
import { visibleText } from '../../lib/visible-text.ts'
import type { Shortcoming } from '../dns01/propagation.ts'

/**
 * What keeps the TXT values of a name from proving control; undefined: one of them does. Each is read alone, as the CA reads it, so that
 * records for other CAs and accounts may stand beside it.
 */
export function judgeValues(values: readonly string[], name: string, record: PersistentRecord, now: Instant): Shortcoming | undefined {
  if (values.length === 0) return { why: `has no TXT record ${name}` }
  const faults = values.flatMap((value) => faultOf(value, record, now))
  if (faults.some(({ kind }) => kind === 'none')) return undefined
  const [worst] = [...faultKinds].flatMap((kind) => faults.find((fault) => fault.kind === kind) ?? [])
  if (worst === undefined) return { why: `has the TXT record ${name}, but with no value for ${record.issuerDomainNames.join(' or ')}` }
  const why = `has the TXT record ${name}, but ${worst.why}`
  return worst.kind === 'unclear' ? { why, isUnclear: true } : { why }
}

/** The nearest miss is told first. */
const faultKinds = ['expired', 'no wildcard', 'unclear', 'other account', 'malformed'] as const

interface Fault {
  readonly kind: (typeof faultKinds)[number] | 'none'
  readonly why: string
}

/** Nothing when the value is for another CA. */
function faultOf(text: string, record: PersistentRecord, now: Instant): readonly Fault[] {
  const reading = parseIssueValue(text)
  const issuerDomainName = reading.kind === 'ok' ? reading.value.issuerDomainName : reading.issuerDomainName
  if (!record.issuerDomainNames.includes(issuerDomainName)) return []
  if (reading.kind === 'malformed') return [{ kind: 'malformed', why: `its value for ${issuerDomainName} cannot be read: ${reading.why}` }]
  return [accountFault(reading.value, record) ?? limitFault(reading.value, record, now) ?? { kind: 'none', why: '' }]
}

function accountFault(
  { issuerDomainName, parameters }: IssueValue,
  { accountUris, accountHashPrefix, outdatedUri }: PersistentRecord,
): Fault | undefined {
  const accountUri = parameters.get('accounturi')
  const whose = `its value for ${issuerDomainName}`
  if (accountUri === undefined || accountUri === '') return { kind: 'malformed', why: `${whose} has no accounturi` }
  if (accountUris.includes(accountUri)) return undefined
  // Draft 02 §4.2: the CA still takes records that were made with an earlier key of the account, which is not kept here.
  if (accountHashPrefix !== undefined && accountUri.startsWith(accountHashPrefix)) {
    return { kind: 'unclear', why: `${whose} names another account, or this one by a key that it no longer has` }
  }
  if (accountUri === outdatedUri) return { kind: 'unclear', why: `${whose} names the account by its URL, which the CA may no longer take` }
  return { kind: 'other account', why: `${whose} names another account: ${visibleText(accountUri)}` }
}

function limitFault({ issuerDomainName, parameters }: IssueValue, { isWildcard }: PersistentRecord, now: Instant): Fault | undefined {
  const until = parameters.get('persistuntil')
  const whose = `its value for ${issuerDomainName}`
  if (until !== undefined) {
    if (!/^\d{1,13}$/.test(until)) return { kind: 'malformed', why: `${whose} has a persistUntil that is no number of seconds since 1970` }
    const end = instant(Number(until) * SECOND)
    if (now > end) return { kind: 'expired', why: `${whose} was good until ${toRfc3339(end)} only` }
  }
  if (!isWildcard || parameters.get('policy')?.toLowerCase() === 'wildcard') return undefined
  return { kind: 'no wildcard', why: `${whose} lacks policy=wildcard` }
}
