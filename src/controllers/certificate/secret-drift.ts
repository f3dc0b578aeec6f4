import { annotation } from '../../crds/annotations.ts'
import type { Certificate } from '../../crds/certificate.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import { controllerOf } from './controller-reference.ts'
import { secretDataKeys } from './secret-data-keys.ts'
import { secretAnnotations, secretLabels } from './secret-metadata.ts'
import type { StoredSecret } from './stored-secret.ts'
import type { World } from './world.ts'

/**
 * What of a Secret's labels, annotations, owner and extra data keys is not as the Certificate asks for; undefined: nothing.
 * The certificate itself is in order, so this is repaired without a new one. A key that we applied once and that is no
 * longer asked for counts too: the next apply leaves it out and the API server drops it.
 */
export function metadataDrift({ certificate, stored, settings }: World): string | undefined {
  if (stored === undefined || stored.pair.kind !== 'ok') return undefined
  return (
    drift('label', stored.metadata.labels ?? {}, secretLabels(certificate), stored.owned.labels) ??
    drift(
      'annotation',
      stored.metadata.annotations ?? {},
      tolerant(secretAnnotations(certificate, stored.certificateAnnotations), stored),
      stored.owned.annotations,
    ) ??
    dataDrift(stored, secretDataKeys(certificate.spec, { hasCa: stored.dataKeys.includes('ca.crt') })) ??
    ownerDrift(stored, certificate, settings.ownsSecret)
  )
}

function drift(
  what: string,
  is: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
  applied: readonly string[],
): string | undefined {
  const wrong = Object.entries(wanted).find(([key, value]) => is[key] !== value)
  if (wrong !== undefined) return `${what} ${JSON.stringify(wrong[0])} is missing or has another value`
  // Somebody else's, with the value that we want: once it is ours too, it stays when they let go of it.
  const foreign = Object.keys(wanted).find((key) => !applied.includes(key))
  if (foreign !== undefined) return `${what} ${JSON.stringify(foreign)} is not ours yet`
  const surplus = applied.find((key) => wanted[key] === undefined && is[key] !== undefined)
  return surplus === undefined ? undefined : `${what} ${JSON.stringify(surplus)} is no longer asked for`
}

/** The default kind and group of an issuer may stand in the annotations or not: neither is worth a write. */
function tolerant(wanted: Readonly<Record<string, string>>, stored: StoredSecret): Readonly<Record<string, string>> {
  const is = stored.metadata.annotations ?? {}
  const kept = [annotation.issuerKind, annotation.issuerGroup]
    .filter((key) => is[key] !== undefined)
    .map((key) => [key, is[key] ?? ''] as const)
  return { ...wanted, ...Object.fromEntries(kept) }
}

function dataDrift(
  stored: StoredSecret,
  keys: { readonly wanted: readonly string[]; readonly unwanted: readonly string[] },
): string | undefined {
  const missing = keys.wanted.find((key) => !stored.dataKeys.includes(key))
  if (missing !== undefined) return `data key ${JSON.stringify(missing)} is missing`
  const foreign = keys.wanted.find((key) => !stored.owned.dataKeys.includes(key))
  if (foreign !== undefined) return `data key ${JSON.stringify(foreign)} is not ours yet`
  const wrong = keys.wanted.find((key) => stored.wrongFormats.includes(key))
  if (wrong !== undefined) return `data key ${JSON.stringify(wrong)} is not what the key pair makes it`
  // Only what we applied is taken away: a key of the same name may be the user's own.
  const surplus = keys.unwanted.find((key) => stored.owned.dataKeys.includes(key))
  return surplus === undefined ? undefined : `data key ${JSON.stringify(surplus)} is no longer asked for`
}

function ownerDrift(stored: StoredSecret, certificate: Certificate, ownsSecret: boolean): string | undefined {
  const applied = stored.owned.ownerReferences
  if (!ownsSecret) return applied.length === 0 ? undefined : 'the owner reference is no longer asked for'
  const wanted = controllerOf(certificate)
  const is = stored.metadata.ownerReferences?.find(({ uid }) => uid === wanted.uid)
  if (is === undefined) return 'the owner reference is missing'
  if (!deepEqual(is, wanted)) return 'the owner reference is not as it should be'
  return applied.includes(`k:${JSON.stringify({ uid: wanted.uid })}`) ? undefined : 'the owner reference is not ours yet'
}
