import type { Account } from '../../acme/account.ts'
import { AcmeError, describe, verdictOf } from '../../acme/acme-error.ts'
import type { AcmeClient } from '../../acme/client.ts'
import type { AcmeIssuer } from '../../crds/issuer.ts'
import { issuerReason } from '../../crds/reasons.ts'
import type { AnyIssuer, SetupOutcome } from '../signer.ts'
import { unready } from './account-outcome.ts'
import { contactOf, isSameContact } from './contact.ts'

/** Tells the CA the e-mail address of the issuer, where it has another one; what it does not take is the outcome. */
export async function updateContact(
  client: AcmeClient,
  account: Account,
  { issuer, acme }: { readonly issuer: AnyIssuer; readonly acme: AcmeIssuer },
  signal: AbortSignal,
): Promise<SetupOutcome | undefined> {
  const wanted = contactOf(acme.email)
  // Some CAs (Let's Encrypt since 2025) keep no address and return none: then what we sent last is all that is known.
  const isHidden = account.contact.length === 0 && (issuer.status?.acme?.lastRegisteredEmail ?? '') === (acme.email ?? '')
  if (account.isNew || isHidden || isSameContact(account.contact, wanted)) return undefined
  try {
    await client.updateAccount({ contact: wanted }, signal)
    return undefined
  } catch (error) {
    if (!(error instanceof AcmeError) || verdictOf(error) === 'later') throw error
    return unready(issuer, { reason: issuerReason.updateAccountFailed, message: `Failed to update the ACME account: ${describe(error)}` })
  }
}
