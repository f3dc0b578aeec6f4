import type { Certificate } from '../../crds/certificate.ts'
import { conditionType } from '../../crds/reasons.ts'
import { findIssuer, type IssuerListers } from '../../issuers/find-issuer.ts'
import type { Index, Lister } from '../../kube/lister.ts'
import { annotatedFields } from './annotated-fields.ts'
import { issuerChoice, type DefaultIssuer } from './issuer-choice.ts'
import type { Memory } from './memory.ts'
import type { ShimSettings } from './settings.ts'
import type { ShimSource } from './source.ts'
import type { World } from './world.ts'

/** What all shims read. */
export interface ShimSources extends IssuerListers {
  readonly certificates: Lister<Certificate>
  /** By the UID of the owner that controls them. */
  readonly certificatesByOwner: Index<Certificate>
  readonly settings: ShimSettings
  /** Annotations that ask for the default issuer for objects of this kind. */
  readonly autoAnnotations: readonly string[]
}

/** Gathers the world of one object; undefined when it asks for no certificate. */
export function observe(source: ShimSource, sources: ShimSources, memory: Memory): World | undefined {
  const { settings, certificates } = sources
  const issuer = issuerChoice(source.annotations, { defaultIssuer: settings.defaultIssuer, auto: sources.autoAnnotations })
  if (issuer.kind === 'unasked') return undefined
  const { namespace = '', uid } = source.object.metadata
  const named = [...source.tls.secretNames].map((name) => certificates.get({ namespace, name })).filter((found) => found !== undefined)
  return {
    source,
    issuer,
    issuerProblem: issuer.kind === 'ok' ? issuerProblem(issuer.issuerRef, namespace, sources) : undefined,
    fields: annotatedFields(source.annotations),
    extraAnnotations: settings.extraAnnotations,
    named: new Map(named.map((certificate) => [certificate.metadata.name, certificate])),
    controlled: uid === undefined ? [] : sources.certificatesByOwner(uid),
    memory,
  }
}

/** Of issuers of other groups nothing is known. */
function issuerProblem(issuerRef: DefaultIssuer, namespace: string, listers: IssuerListers): string | undefined {
  if (issuerRef.group !== 'cert-manager.io') return undefined
  const what = `${issuerRef.kind} ${JSON.stringify(issuerRef.name)}`
  const issuer = findIssuer(issuerRef, namespace, listers)
  if (issuer === undefined) return `there is no ${what}`
  const ready = issuer.status?.conditions?.find(({ type }) => type === conditionType.ready)
  return ready?.status === 'False' ? `${what} is not ready: ${ready.message ?? ''}` : undefined
}
