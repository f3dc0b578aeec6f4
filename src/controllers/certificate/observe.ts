import type { Certificate } from '../../crds/certificate.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import { label } from '../../crds/labels.ts'
import type { KubeObject, ObjectName } from '../../crds/resource.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { secrets } from '../../kube/kinds.ts'
import type { Index, Lister } from '../../kube/lister.ts'
import { nameOf, type ObjectKey } from '../../runtime/object-key.ts'
import { currentCa, type CurrentCaSources } from './current-ca.ts'
import type { IssuanceHistory } from './issuance-history.ts'
import { renewalSuggestion } from './renewal-suggestion.ts'
import { ownedRequest } from './requests.ts'
import { storedSecret, type RawSecret, type StoredSecret } from './stored-secret.ts'
import { wantedFrom, type Wanted } from './wanted.ts'
import type { CertificateSettings, Heard, NextKey, World } from './world.ts'

/** What the Certificate controller reads. */
export interface CertificateSources extends CurrentCaSources {
  readonly cluster: Pick<Cluster, 'get'>
  readonly certificates: Lister<Certificate>
  /** By `namespace/secretName`. */
  readonly certificatesBySecret: Index<Certificate>
  /** By the UID of the controlling owner. */
  readonly requestsByOwner: Index<CertificateRequest>
  /** Secrets with our label, reduced. */
  readonly managedSecrets: Lister<StoredSecret>
  readonly managedSecretsByOwner: Index<StoredSecret>
  /** Metadata of all other Secrets. */
  readonly foreignSecrets: Lister<KubeObject>
  readonly history: Pick<IssuanceHistory, 'of'>
  /** What the CA has said about when to renew what is stored, on its way into the status. */
  readonly heardOf: (certificate: Certificate) => Heard | undefined
  readonly settings: CertificateSettings
}

/** Gathers the world of one Certificate; undefined when it is gone. Reads caches, and one Secret live where the caches cannot tell. */
export async function observe(sources: CertificateSources, key: ObjectKey, signal: AbortSignal): Promise<World | undefined> {
  const certificate = sources.certificates.get(nameOf(key))
  if (certificate === undefined) return undefined
  const wanted = wantedFrom(certificate.spec)
  const stored = await readStored(sources, certificate, signal)
  const uid = certificate.metadata.uid ?? ''
  const heard = sources.heardOf(certificate)
  const nextKeys = sources
    .managedSecretsByOwner(uid)
    .filter(isNextKey)
    .map((secret) => nextKey(secret, wanted))
  return {
    certificate,
    wanted,
    stored,
    secretOwner: secretOwner(sources, certificate, stored),
    requests: sources.requestsByOwner(uid).map((request) => ownedRequest(request, certificate.spec, wanted)),
    nextKeys,
    isNextKeyNameTaken: isNextKeyNameTaken(sources, certificate, nextKeys),
    currentCa: await currentCa(sources, certificate, signal),
    efforts: sources.history.of(uid),
    suggestion: renewalSuggestion(heard ?? certificate.status?.acme?.ari),
    heard,
    settings: sources.settings,
  }
}

/**
 * The stored Secret. Only ours are cached with their content; another one is read live. A Secret that both caches lack
 * although the Certificate was issued is looked up too: while its label changes hands it can be in neither cache for a
 * moment, and taking that for a loss would issue a new certificate.
 */
async function readStored(sources: CertificateSources, certificate: Certificate, signal: AbortSignal): Promise<StoredSecret | undefined> {
  const name = secretNameOf(certificate)
  const managed = sources.managedSecrets.get(name)
  if (managed !== undefined) return managed
  if (sources.foreignSecrets.get(name) === undefined && certificate.status?.revision === undefined) return undefined
  const live = await sources.cluster.get(secrets, name, signal)
  return live === undefined ? undefined : storedSecret(live as RawSecret)
}

/** The target Secret of a Certificate. */
export function secretNameOf({ metadata, spec }: Certificate): ObjectName {
  return { ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }), name: spec.secretName }
}

/** Of the Certificates that name one Secret: the one in its annotation, else the oldest. Two writers would reissue against each other without end. */
function secretOwner(sources: CertificateSources, certificate: Certificate, stored: StoredSecret | undefined): string {
  const { namespace, name } = secretNameOf(certificate)
  const rivals = sources.certificatesBySecret(`${namespace ?? ''}/${name}`)
  const annotated = rivals.find((rival) => rival.metadata.name === stored?.certificateName)
  const [oldest] = rivals.toSorted(byAge)
  return (annotated ?? oldest ?? certificate).metadata.name
}

function byAge(a: Certificate, b: Certificate): number {
  const [createdA, createdB] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '']
  if (createdA !== createdB) return createdA < createdB ? -1 : 1
  return a.metadata.name < b.metadata.name ? -1 : 1
}

function isNextKeyNameTaken(sources: CertificateSources, certificate: Certificate, ours: readonly NextKey[]): boolean {
  const name = certificate.status?.nextPrivateKeySecretName
  if (name === undefined || ours.some((key) => key.name === name)) return false
  const place = { ...secretNameOf(certificate), name }
  return (sources.managedSecrets.get(place) ?? sources.foreignSecrets.get(place)) !== undefined
}

function isNextKey(secret: StoredSecret): boolean {
  return secret.metadata.labels?.[label.nextPrivateKey] === 'true'
}

function nextKey(secret: StoredSecret, wanted: Wanted): NextKey {
  return { name: secret.metadata.name, uid: secret.metadata.uid ?? '', key: nextKeyReading(secret, wanted) }
}

function nextKeyReading({ key }: StoredSecret, wanted: Wanted): NextKey['key'] {
  if (key.kind === 'none') return { kind: 'unreadable', why: 'it holds no tls.key' }
  if (key.kind === 'unreadable') return key
  const fitsSpec = key.algorithm === wanted.key.algorithm && (wanted.key.size === 0 || key.size === wanted.key.size)
  return { kind: 'ok', publicKeyFingerprint: key.publicKeyFingerprint, fitsSpec }
}
