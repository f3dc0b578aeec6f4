import { annotation } from '../../crds/annotations.ts'
import type { Certificate } from '../../crds/certificate.ts'
import { mergePatch } from '../../kube/merge-patch.ts'
import { deepEqual } from '../../lib/deep-equal.ts'
import { parseGoDuration } from '../../lib/go-duration.ts'
import { defaultUsages, ownedFields, type OwnedSpec, type WantedCertificate } from './wanted-certificate.ts'

/** The RFC 7386 merge patch that turns a Certificate of ours into the wanted one; undefined: it is. */
export function certificateChange({ metadata, spec }: Certificate, wanted: WantedCertificate): object | undefined {
  const before: OwnedSpec = { ...spec }
  const owned = Object.fromEntries(ownedFields.map((field) => [field, before[field]]))
  const specChange = mergePatch(owned, spelledAs(before, wanted.spec))
  // A label that the object has lost must go here too, and only all labels together are known to be its own.
  const labelChange = mergePatch(metadata.labels ?? {}, wanted.labels)
  const annotationChange = changedAnnotations(metadata.annotations ?? {}, wanted)
  if (specChange === undefined && labelChange === undefined && annotationChange === undefined) return undefined
  return {
    ...(specChange === undefined ? {} : { spec: specChange }),
    metadata: {
      ...(labelChange === undefined ? {} : { labels: labelChange }),
      ...(annotationChange === undefined ? {} : { annotations: annotationChange }),
    },
  }
}

/** Another spelling of the same is no reason to write: durations have many, usages and the issuer's kind and group have defaults. */
function spelledAs(before: OwnedSpec, wanted: OwnedSpec): OwnedSpec {
  const { kind, group } = before.issuerRef
  const named = { name: before.issuerRef.name, kind: kind || 'Issuer', group: group || 'cert-manager.io' }
  const { usages, ...others } = wanted
  const isDefaulted = before.usages === undefined && deepEqual(usages, defaultUsages)
  return {
    ...(isDefaulted ? others : wanted),
    ...(mergePatch(named, wanted.issuerRef) === undefined ? { issuerRef: before.issuerRef } : {}),
    ...(isSameDuration(before.duration, wanted.duration) ? { duration: before.duration } : {}),
    ...(isSameDuration(before.renewBefore, wanted.renewBefore) ? { renewBefore: before.renewBefore } : {}),
  }
}

function isSameDuration(a: string | undefined, b: string | undefined): a is string {
  return a !== undefined && b !== undefined && parseGoDuration(a) === parseGoDuration(b)
}

function changedAnnotations(before: Readonly<Record<string, string>>, { annotations }: WantedCertificate): object | undefined {
  const changed = Object.entries({ ...endOfEditInPlace(before, annotations), ...annotations })
    .filter(([key, value]) => before[key] !== value)
    .map(([key, value]) => [key, value ?? null] as const)
  return changed.length === 0 ? undefined : Object.fromEntries(changed)
}

/** The wish for a temporary certificate goes with the edit in place that brought it; a user's own stays. */
function endOfEditInPlace(
  before: Readonly<Record<string, string>>,
  wanted: WantedCertificate['annotations'],
): WantedCertificate['annotations'] {
  const hasEnded = before[annotation.http01OverrideIngressName] !== undefined && wanted[annotation.http01OverrideIngressName] === undefined
  return hasEnded ? { [annotation.issueTemporaryCertificate]: undefined } : {}
}
