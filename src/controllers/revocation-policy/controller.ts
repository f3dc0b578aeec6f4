import type { Certificate } from '../../crds/certificate.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import { ownAnnotation } from '../../crds/annotations.ts'
import { finalizer } from '../../crds/labels.ts'
import type { IssuerReference } from '../../crds/references.ts'
import { currentCertificate, type CurrentCertificateSources } from '../../issuers/current-certificate.ts'
import { readIssuer, type IssuerSources } from '../../issuers/issuer-reading.ts'
import type { AcmeClients } from '../../issuers/acme/clients.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Index, Informer } from '../../kube/lister.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ControllerParts } from '../../runtime/controller-parts.ts'
import { nameOf } from '../../runtime/object-key.ts'
import { onOwnChange } from '../../runtime/trigger.ts'
import { act } from './act.ts'
import { decide, type Action } from './decide.ts'
import type { Target, World } from './world.ts'

export interface RevocationPolicyDeps extends IssuerSources {
  readonly certificates: Informer<Certificate>
  /** By the UID of the controlling owner. */
  readonly requestsByOwner: Index<CertificateRequest>
  readonly cluster: Cluster
  readonly clients: AcmeClients
  readonly events: EventRecorder
  readonly clock: Clock
}

/** Revokes the certificates of Certificates that are deleted and say so. */
export function revocationPolicyController(deps: RevocationPolicyDeps): ControllerParts<World, Action> {
  return {
    reconciler: {
      name: 'revocation-policy',
      observe: async (key, signal) => {
        const certificate = deps.certificates.get(nameOf(key))
        if (certificate === undefined) return undefined
        const { annotations, finalizers = [], deletionTimestamp } = certificate.metadata
        const isWanted = annotations?.[ownAnnotation.revocationPolicy] === 'OnDelete'
        const hasFinalizer = finalizers.includes(finalizer.revocation)
        const isDue = isWanted && hasFinalizer && deletionTimestamp !== undefined
        return { certificate, isWanted, hasFinalizer, target: isDue ? await targetOf(deps, certificate, signal) : undefined }
      },
      decide,
      act: (action, world, signal) => act(deps, action, world, signal),
    },
    triggers: [onOwnChange(deps.certificates)],
  }
}

async function targetOf(
  sources: IssuerSources & CurrentCertificateSources,
  certificate: Certificate,
  signal: AbortSignal,
): Promise<Target> {
  const current = await currentCertificate(sources, certificate, signal)
  if (current.kind === 'missing') return current
  return { kind: 'ok', leaf: current.leaf, issuer: issuerOf(sources, current.issuerRef, certificate) }
}

function issuerOf(
  sources: IssuerSources,
  reference: IssuerReference,
  { metadata }: Certificate,
): Extract<Target, { kind: 'ok' }>['issuer'] {
  const group = reference.group || 'cert-manager.io'
  if (group !== 'cert-manager.io') return { kind: 'foreign', what: `${reference.kind ?? ''} ${JSON.stringify(reference.name)} of ${group}` }
  return readIssuer(reference, metadata.namespace, sources)
}
