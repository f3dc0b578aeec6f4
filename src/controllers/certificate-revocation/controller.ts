import type { Certificate } from '../../crds/certificate.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { CertificateRevocation } from '../../crds/certificate-revocation.ts'
import type { AcmeClients } from '../../issuers/acme/clients.ts'
import type { IssuerSources } from '../../issuers/issuer-reading.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Index, Informer } from '../../kube/lister.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ControllerParts } from '../../runtime/controller-parts.ts'
import { keyOf } from '../../runtime/object-key.ts'
import { onChangeOf, onOwnChange } from '../../runtime/trigger.ts'
import { act } from './act.ts'
import { decide, type Action } from './decide.ts'
import { certificateOf, observe } from './observe.ts'
import type { World } from './world.ts'

export interface CertificateRevocationDeps extends IssuerSources {
  readonly revocations: Informer<CertificateRevocation>
  readonly certificates: Informer<Certificate>
  readonly requests: Informer<CertificateRequest>
  /** By the UID of the controlling owner. */
  readonly requestsByOwner: Index<CertificateRequest>
  readonly cluster: Cluster
  readonly clients: AcmeClients
  readonly events: EventRecorder
  readonly clock: Clock
}

/** Revokes certificates. Make it before the caches start: it adds an index. */
export function certificateRevocationController(deps: CertificateRevocationDeps): ControllerParts<World, Action> {
  const unfinished = deps.revocations.index(({ metadata: { namespace = '' }, spec, status }) => {
    const name = status?.certificateName ?? spec.certificateRef?.name
    return name === undefined || status?.revokedAt !== undefined ? [] : [`${namespace}/${name}`]
  })
  const effects = { ...deps, certificateOf: (revocation: CertificateRevocation) => certificateOf(deps, revocation) }
  return {
    reconciler: {
      name: 'certificaterevocations',
      observe: (key, signal) => observe(deps, key, signal),
      decide,
      act: (action, world, signal) => act(effects, action, world, signal),
    },
    triggers: [
      onOwnChange(deps.revocations),
      onChangeOf(deps.certificates, ({ metadata: { namespace = '', name } }) =>
        unfinished(`${namespace}/${name}`).map((revocation) => keyOf(revocation.metadata)),
      ),
    ],
  }
}
