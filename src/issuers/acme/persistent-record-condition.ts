import type { Directory } from '../../acme/directory.ts'
import { offerOfDirectory } from '../../acme/persistent-offer.ts'
import { ANY_NAME, persistentRecord } from '../../acme/persistent-record.ts'
import type { PersistentAccount } from '../../acme/persistent-record.ts'
import { conditionType, persistentRecordReason as reasons } from '../../crds/reasons.ts'
import { visibleText } from '../../lib/visible-text.ts'
import type { AnyIssuer, IssuerSetup, SetupCondition } from '../signer.ts'

/** What to do where the feature gate of dnsPersist01 is off. */
export const DNS_PERSIST01_IS_OFF =
  'dnsPersist01 follows a draft that may change, and is switched off: start the operator with --feature-gates=DNSPersist01=true'

/** Adds what is known about the record, also where the CA was not asked: then what was known before. Off: the feature gate is. */
export function withRecordConditions(isOn: boolean, { setUp }: IssuerSetup): IssuerSetup {
  return {
    setUp: async (issuer, signal) => {
      const outcome = await setUp(issuer, signal)
      return { ...outcome, conditions: isOn ? (outcome.conditions ?? conditionsBefore(issuer)) : gateOffConditions(issuer) }
    },
  }
}

/** Tells a person which TXT record lets this account in. */
export function recordConditions(
  issuer: AnyIssuer,
  ca: { readonly account: PersistentAccount; readonly directory: Directory },
): Conditions {
  return hasPersistentSolver(issuer) ? [recordCondition(ca.account, ca.directory)] : []
}

type Conditions = readonly SetupCondition[]

function recordCondition(account: PersistentAccount, directory: Directory): SetupCondition {
  const offer = offerOfDirectory(directory)
  if (offer === undefined) {
    return unknown(
      'The CA does not say in its directory what goes into the record; each Challenge says it, if the CA offers dns-persist-01',
    )
  }
  // One value for all names: with draft 02 those who read DNS can tell that names with it belong together. Challenges name one of their own.
  const record = persistentRecord({ dnsName: ANY_NAME, isWildcard: false }, offer, account)
  if (record === undefined) {
    return unknown(`The account ${visibleText(account.url)} is at another host than its server ${account.server}, so no record may name it`)
  }
  return {
    type: conditionType.dnsPersist01,
    status: 'True',
    reason: reasons.recordKnown,
    message:
      `To let this issuer prove control of NAME, create the TXT record _validation-persist.NAME with the value "${record.value}", ` +
      `or with "${record.value}; policy=wildcard" where wildcard names are wanted too`,
  }
}

function unknown(message: string): SetupCondition {
  return { type: conditionType.dnsPersist01, status: 'Unknown', reason: reasons.recordUnknown, message }
}

/** Of this spec only: with another one the CA may be another too, and its record would be told wrongly. */
function conditionsBefore(issuer: AnyIssuer): Conditions {
  const { generation } = issuer.metadata
  const known = issuer.status?.conditions?.find(({ type }) => type === conditionType.dnsPersist01)
  if (known === undefined || known.observedGeneration !== generation || !hasPersistentSolver(issuer)) return []
  const { type, status, reason = '', message = '' } = known
  return reason === reasons.gateOff ? [] : [{ type, status, reason, message }]
}

function gateOffConditions(issuer: AnyIssuer): Conditions {
  return hasPersistentSolver(issuer)
    ? [{ type: conditionType.dnsPersist01, status: 'False', reason: reasons.gateOff, message: DNS_PERSIST01_IS_OFF }]
    : []
}

function hasPersistentSolver({ spec }: AnyIssuer): boolean {
  return spec.acme?.solvers?.some(({ dnsPersist01 }) => dnsPersist01 !== undefined) ?? false
}
