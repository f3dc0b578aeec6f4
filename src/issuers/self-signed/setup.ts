import { issuerReason } from '../../crds/reasons.ts'
import type { IssuerSetup } from '../signer.ts'

/** A self-signed issuer needs nothing. */
export const selfSignedSetup: IssuerSetup = {
  setUp: () => Promise.resolve({ ready: true, reason: issuerReason.isReady, message: 'A self-signed issuer needs no preparation' }),
}
