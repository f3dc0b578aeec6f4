import type { KeyObject } from 'node:crypto'
import { AcmeError, describe, verdictOf } from '../../acme/acme-error.ts'
import type { AnyIssuer } from '../signer.ts'
import type { AcmeClients } from './clients.ts'

export interface ToRevoke {
  readonly issuer: AnyIssuer
  readonly certificateDer: Uint8Array
  /** CRLReason of RFC 5280 §5.3.1. */
  readonly reason: number
  /** The certificate's own private key, where it is at hand: it may revoke what another account has ordered. */
  readonly certificateKey: () => Promise<KeyObject | undefined>
}

export type RevocationOutcome =
  /** It is revoked now, or was already. `by`: the key that the CA accepted. */
  { readonly kind: 'revoked'; readonly by: 'account' | 'certificate' } | { readonly kind: 'refused'; readonly why: string }

/**
 * Revokes a certificate at its CA (RFC 8555 §7.6) with the key of the account, or where the CA says that this account may not, with the
 * certificate's own. Safe to repeat. Throws `AcmeError` while the CA cannot answer.
 */
export async function revokeAtCa(
  clients: AcmeClients,
  { issuer, certificateDer, reason, certificateKey }: ToRevoke,
  signal: AbortSignal,
): Promise<RevocationOutcome> {
  const client = await clients.for(issuer, signal)
  const byAccount = await attempt(() => client.revoke(certificateDer, { reason }, signal))
  if (byAccount === undefined) return { kind: 'revoked', by: 'account' }
  const key = byAccount.code === 'acme/unauthorized' ? await certificateKey() : undefined
  if (key === undefined) return { kind: 'refused', why: describe(byAccount) }
  const byCertificate = await attempt(() => client.revoke(certificateDer, { reason, certificateKey: key }, signal))
  return byCertificate === undefined ? { kind: 'revoked', by: 'certificate' } : { kind: 'refused', why: describe(byCertificate) }
}

/** What the CA refused; undefined when it did as it was told. */
async function attempt(revoke: () => Promise<void>): Promise<AcmeError | undefined> {
  try {
    await revoke()
    return undefined
  } catch (error) {
    if (error instanceof AcmeError && verdictOf(error) === 'refused') return error
    throw error
  }
}
