import { AcmeError, describe, verdictOf } from '../../acme/acme-error.ts'
import type { AcmeClient } from '../../acme/client.ts'
import { ownAnnotation } from '../../crds/annotations.ts'
import type { AnyIssuer } from '../signer.ts'

/** Whether the account of an issuer is to be given up. */
export function isToBeDeactivated({ metadata }: AnyIssuer): boolean {
  return metadata.annotations?.[ownAnnotation.deactivateAccount] === 'true'
}

/**
 * Deactivates the account (RFC 8555 §7.3.6) and says what came of it. Safe to repeat: a CA refuses whatever a deactivated account asks, this
 * too. Throws while the CA cannot be asked.
 */
export async function deactivateAccount(client: AcmeClient, uri: string, signal: AbortSignal): Promise<string> {
  try {
    await client.deactivateAccount(signal)
  } catch (error) {
    if (!(error instanceof AcmeError) || verdictOf(error) === 'later') throw error
    if (error.code !== 'acme/unauthorized' && verdictOf(error) !== 'unknown-account') {
      return `The ACME account ${uri} cannot be deactivated: ${describe(error)}`
    }
  }
  return `The ACME account ${uri} is deactivated, as the annotation ${ownAnnotation.deactivateAccount} asks for. For a new one, remove the annotation and delete the Secret with the account key`
}
