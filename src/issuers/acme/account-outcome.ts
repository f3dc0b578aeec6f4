import type { KeyObject } from 'node:crypto'
import { describe } from '../../acme/acme-error.ts'
import type { AcmeError } from '../../acme/acme-error.ts'
import type { AcmeIssuer } from '../../crds/issuer.ts'
import { conditionType, issuerReason } from '../../crds/reasons.ts'
import type { Instant } from '../../lib/instant.ts'
import { DAY } from '../../lib/instant.ts'
import type { AnyIssuer, SetupOutcome } from '../signer.ts'
import { accountKeyHash } from './account-key.ts'

export type AcmeStatus = NonNullable<SetupOutcome['acme']>

/** An account may be deactivated at the CA, or new terms be in force, without a word to us. */
export const LOOK_AGAIN = DAY
const REGISTERED = 'The ACME account was registered with the ACME server'

/** The account is there, as far as is known until then. */
export function registered(acme: AcmeStatus, wakeAt: Instant): SetupOutcome {
  return { ready: true, reason: issuerReason.accountRegistered, message: REGISTERED, acme, wakeAt }
}

/** An account that is good, and what else is to be known about it. */
export function withNotes(outcome: SetupOutcome, notes: readonly (string | undefined)[]): SetupOutcome {
  return outcome.ready ? { ...outcome, message: [outcome.message, ...notes.filter((note) => note !== undefined)].join('; ') } : outcome
}

/** What the account is, with a note about what is being done to it. */
export function asBefore(issuer: AnyIssuer, note: string): SetupOutcome {
  if (!isReady(issuer))
    return unready(issuer, { reason: issuerReason.registerAccountFailed, message: `The ACME account is not registered yet; ${note}` })
  return { ready: true, reason: issuerReason.accountRegistered, message: `${REGISTERED}; ${note}` }
}

/** The issuer cannot sign; what is known about its account stays. */
export function unready(issuer: AnyIssuer, why: { readonly reason: string; readonly message: string }): SetupOutcome {
  const acme = issuer.status?.acme
  return { ready: false, ...why, ...(acme === undefined ? {} : { acme }) }
}

/** The account of the status, if it is this key's at this server. */
export function knownAccount(issuer: AnyIssuer, acme: AcmeIssuer, key: KeyObject): AcmeStatus | undefined {
  const { uri, lastRegisteredEmail = '', lastPrivateKeyHash } = issuer.status?.acme ?? {}
  if (uri === undefined || !URL.canParse(uri) || new URL(uri).host !== new URL(acme.server).host) return undefined
  return lastPrivateKeyHash === accountKeyHash(key) ? { uri, lastRegisteredEmail, lastPrivateKeyHash } : undefined
}

/** What the CA says about an account that it had, or about a new one. */
export function refusalOf(
  acme: AcmeIssuer,
  known: AcmeStatus | undefined,
  error: AcmeError,
): { readonly reason: string; readonly message: string } {
  if (known?.uri === undefined)
    return {
      reason: issuerReason.registerAccountFailed,
      message: `Failed to register the ACME account with ${acme.server}: ${describe(error)}`,
    }
  const remedy = error.code === 'acme/userActionRequired' ? '' : '. For a new account, delete the Secret with the account key'
  return {
    reason: issuerReason.verifyAccountFailed,
    message: `The ACME server no longer serves the account ${known.uri}: ${describe(error)}${remedy}`,
  }
}

/** Whether the issuer said so last. */
export function isReady(issuer: AnyIssuer): boolean {
  return issuer.status?.conditions?.some((condition) => condition.type === conditionType.ready && condition.status === 'True') ?? false
}
