import type { Certificate } from '../../crds/certificate.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { ClusterIssuer, Issuer } from '../../crds/issuer.ts'
import type { KubeObject } from '../../crds/resource.ts'
import type { RenewalAnswers } from '../../issuers/acme/renewal-answers.ts'
import type { CaCertificates } from '../../issuers/ca/ca-certificate.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Index, Informer } from '../../kube/lister.ts'
import { controllerReference, controllerUid } from '../../lib/controller-uid.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ControllerParts } from '../../runtime/controller-parts.ts'
import { keyOf, type ObjectKey } from '../../runtime/object-key.ts'
import { onChangeOf, onOwnChange } from '../../runtime/trigger.ts'
import { act } from './act.ts'
import type { Action } from './action.ts'
import type { CertificateEffects } from './effects.ts'
import { decide } from './decide.ts'
import { followersOfCa } from './followers-of-ca.ts'
import { issuanceHistory } from './issuance-history.ts'
import { nextKeys } from './next-keys.ts'
import { observe, secretNameOf } from './observe.ts'
import type { StoredSecret } from './stored-secret.ts'
import type { CertificateSettings, World } from './world.ts'

export interface CertificateDeps {
  readonly cluster: Cluster
  readonly certificates: Informer<Certificate>
  readonly requests: Informer<CertificateRequest>
  /** Secrets with our label, reduced by `storedSecret`. */
  readonly managedSecrets: Informer<StoredSecret>
  /** Metadata of all other Secrets. */
  readonly foreignSecrets: Informer<KubeObject>
  readonly issuers: Informer<Issuer>
  readonly clusterIssuers: Informer<ClusterIssuer>
  readonly caCertificates: CaCertificates
  readonly clusterResourceNamespace: string
  readonly events: EventRecorder
  readonly clock: Clock
  readonly ownIdentity: CertificateEffects['ownIdentity']
  readonly settings: CertificateSettings
  readonly onIssuance: CertificateEffects['onIssuance']
  readonly onLimited: CertificateEffects['onLimited']
  /** What CAs say about when to renew. */
  readonly renewalAnswers: Pick<RenewalAnswers, 'ofStored' | 'trigger'>
}

/** Keeps a valid key pair in the Secret of each Certificate. Make it before the caches start: it adds indexes. */
export function certificateController(deps: CertificateDeps): ControllerParts<World, Action> {
  const history = issuanceHistory()
  const sources = {
    ...deps,
    history,
    heardOf: deps.renewalAnswers.ofStored,
    certificatesBySecret: deps.certificates.index((certificate) => [pathOf(secretNameOf(certificate))]),
    requestsByOwner: deps.requests.index(controllerUid),
    managedSecretsByOwner: deps.managedSecrets.index(controllerUid),
  }
  const { certificatesBySecret } = sources
  const certificatesByPassword = deps.certificates.index(passwordSecrets)
  const followers = followersOfCa(deps)
  const effects = { ...deps, history, nextKeys: nextKeys(deps.cluster) }
  return {
    reconciler: {
      name: 'certificates',
      observe: (key, signal) => observe(sources, key, signal),
      decide,
      act: (action, world, signal) => act(effects, action, world, signal),
    },
    triggers: [
      onOwnChange(deps.certificates),
      deps.renewalAnswers.trigger,
      // A keystore that waits for its password is made as soon as there is one.
      onChangeOf(deps.managedSecrets, (secret) => writersOf(certificatesByPassword, secret)),
      onChangeOf(deps.foreignSecrets, (secret) => writersOf(certificatesByPassword, secret)),
      ...followers,
      // Of several Certificates that name one Secret, another may become the owner.
      onChangeOf(deps.certificates, (certificate) => rivals(certificatesBySecret, certificate)),
      onChangeOf(deps.requests, owningCertificate),
      onChangeOf(deps.managedSecrets, (secret) => [...owningCertificate(secret), ...writersOf(certificatesBySecret, secret)]),
      onChangeOf(deps.foreignSecrets, (secret) => writersOf(certificatesBySecret, secret)),
    ],
  }
}

function rivals(bySecret: Index<Certificate>, certificate: Certificate): readonly ObjectKey[] {
  return bySecret(pathOf(secretNameOf(certificate)))
    .filter(({ metadata }) => metadata.name !== certificate.metadata.name)
    .map((rival) => keyOf(rival.metadata))
}

/** The Secrets with the passwords of a Certificate's keystores. */
function passwordSecrets({ metadata: { namespace = '' }, spec: { keystores } }: Certificate): readonly string[] {
  const names = [keystores?.jks?.passwordSecretRef?.name, keystores?.pkcs12?.passwordSecretRef?.name]
  return names.filter((name) => name !== undefined).map((name) => `${namespace}/${name}`)
}

function writersOf(bySecret: Index<Certificate>, secret: KubeObject): readonly ObjectKey[] {
  return bySecret(pathOf(secret.metadata)).map((certificate) => keyOf(certificate.metadata))
}

function owningCertificate(object: KubeObject): readonly ObjectKey[] {
  const owner = controllerReference(object)
  const { namespace } = object.metadata
  return owner?.kind === 'Certificate' ? [keyOf({ ...(namespace === undefined ? {} : { namespace }), name: owner.name })] : []
}

function pathOf({ namespace, name }: { readonly namespace?: string; readonly name: string }): string {
  return `${namespace ?? ''}/${name}`
}
