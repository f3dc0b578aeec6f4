import { ownAnnotation } from '../../crds/annotations.ts'
import { isRecord } from '../../acme/json.ts'
import type { AnyIssuer } from '../signer.ts'
import { issuerKey } from './issuer-key.ts'

type Annotations = Readonly<Record<string, string>>

/** Another account key, as an issuer asks for it; undefined: it does not. */
export function rotationWish({ metadata }: AnyIssuer): string | undefined {
  return metadata.annotations?.[ownAnnotation.rotateAccountKey] || undefined
}

/**
 * The last wish of this issuer that was taken up. It stands on the Secret with the key, so that it changes in the same write; and by issuer,
 * because several may share the Secret.
 */
export function lastRotation(annotations: Annotations, issuer: AnyIssuer): string | undefined {
  const wish = recorded(annotations)[issuerKey(issuer)]
  return typeof wish === 'string' ? wish : undefined
}

/** The annotation that says that the wish of this issuer, if it has one, was taken up. */
export function rotationsAfter(annotations: Annotations, issuer: AnyIssuer): Annotations {
  const wish = rotationWish(issuer)
  return wish === undefined
    ? {}
    : { [ownAnnotation.accountKeyRotations]: JSON.stringify({ ...recorded(annotations), [issuerKey(issuer)]: wish }) }
}

function recorded(annotations: Annotations): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(annotations[ownAnnotation.accountKeyRotations] ?? '{}')
    return isRecord(value) ? value : {}
  } catch {
    return {}
  }
}
