import { annotation } from '../../crds/annotations.ts'
import type { StoredSecret } from './stored-secret.ts'
import type { World } from './world.ts'

/** What a temporary certificate says of its issuer in the annotations of the Secret: there is none, as the incumbent writes it. */
export const noIssuer = { name: '' } as const

/** Whether the Secret holds what stands there only until the issuer has signed. It never counts as issued. */
export function isTemporary(stored: StoredSecret | undefined): boolean {
  return stored?.issuer.name === noIssuer.name
}

/** Whether the Secret is to be filled for the time being: it is asked for, and there is no key pair that somebody could serve now. */
export function wantsTemporary({ certificate, stored }: World): boolean {
  return certificate.metadata.annotations?.[annotation.issueTemporaryCertificate] === 'true' && stored?.pair.kind !== 'ok'
}
