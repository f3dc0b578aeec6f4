import type { Certificate } from '../../crds/certificate.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { ClusterIssuer, Issuer } from '../../crds/issuer.ts'
import { certificates } from '../../crds/resources.ts'
import type { AcmeClients } from '../../issuers/acme/clients.ts'
import type { IssuedSecret } from '../../issuers/acme/issued-leaf.ts'
import type { RenewalAnswers } from '../../issuers/acme/renewal-answers.ts'
import { issuerKey, issuerRefKey } from '../../issuers/acme/issuer-key.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Informer, Lister } from '../../kube/lister.ts'
import { controllerReference, controllerUid } from '../../lib/controller-uid.ts'
import type { Clock } from '../../lib/clock.ts'
import { HOUR, plus, type Instant } from '../../lib/instant.ts'
import type { ControllerParts } from '../../runtime/controller-parts.ts'
import { keyOf, type ObjectKey } from '../../runtime/object-key.ts'
import { onChangeOf, onOwnChange } from '../../runtime/trigger.ts'
import { act } from './act.ts'
import { decide, type Action } from './decide.ts'
import { issuerOf, observe } from './observe.ts'
import type { World } from './world.ts'

export interface RenewalInformationDeps {
  readonly certificates: Informer<Certificate>
  readonly requests: Informer<CertificateRequest>
  readonly issuers: Informer<Issuer>
  readonly clusterIssuers: Informer<ClusterIssuer>
  readonly managedSecrets: Lister<IssuedSecret>
  readonly cluster: Cluster
  readonly clients: AcmeClients
  readonly answers: RenewalAnswers
  readonly events: EventRecorder
  readonly clock: Clock
  /** 0 ≤ x < 1. */
  readonly random: () => number
  readonly isOn: boolean
}

/** How long a CA is taken at its word that it suggests no renewal times. */
const SILENCE = 6 * HOUR

/**
 * Asks CAs when Certificates are to be renewed, and hands what they say to the Certificate controller, which writes it to `status.acme` together
 * with what follows from it. Here it is only cleared, when there is nobody to ask any more. Make it before the caches start: it adds indexes.
 */
export function renewalInformationController(deps: RenewalInformationDeps): ControllerParts<World, Action> {
  const certificatesOf = deps.certificates.index(({ metadata, spec }) => [issuerRefKey(spec.issuerRef, metadata.namespace)])
  const keysOf = (issuer: AnyIssuer) => certificatesOf(issuerKey(issuer)).map(({ metadata }) => keyOf(metadata))
  const silences = new Map<string, Silence>()
  const requestsByOwner = deps.requests.index(controllerUid)
  const reads = { ...deps, requestsByOwner, silentUntil: (issuer: AnyIssuer) => silenceOf(silences, issuer) }
  const effects = {
    ...deps,
    issuerOf: ({ certificate }: World) => issuerOf(deps, certificate),
    silence: (issuer: AnyIssuer) => void silences.set(issuerKey(issuer), { of: versionOf(issuer), until: plus(deps.clock.now(), SILENCE) }),
  }
  return {
    reconciler: {
      name: 'renewal-information',
      observe: (key) => Promise.resolve(observe(reads, key)),
      decide,
      act: (action, world, signal) => act(effects, action, world, signal),
    },
    triggers: [
      onOwnChange(deps.certificates),
      onChangeOf(deps.requests, owningCertificate),
      onChangeOf(deps.issuers, keysOf),
      onChangeOf(deps.clusterIssuers, keysOf),
    ],
  }
}

/** Only a request that has its certificate is of interest. */
function owningCertificate(request: CertificateRequest): readonly ObjectKey[] {
  const owner = (request.status?.certificate ?? '') === '' ? undefined : controllerReference(request)
  const { namespace } = request.metadata
  return owner?.kind === certificates.kind ? [keyOf({ ...(namespace === undefined ? {} : { namespace }), name: owner.name })] : []
}

interface Silence {
  readonly of: string
  readonly until: Instant
}

/** An issuer that was edited since may have another CA. */
function silenceOf(silences: ReadonlyMap<string, Silence>, issuer: AnyIssuer): Instant | undefined {
  const silence = silences.get(issuerKey(issuer))
  return silence?.of === versionOf(issuer) ? silence.until : undefined
}

function versionOf({ metadata }: AnyIssuer): string {
  return `${metadata.uid ?? ''}/${metadata.generation ?? 0}`
}
