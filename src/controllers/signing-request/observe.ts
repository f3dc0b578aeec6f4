import { issuerOfSigner, type IssuerOfSigner } from '../../issuers/issuer-of-signer.ts'
import { readIssuer, type IssuerSources } from '../../issuers/issuer-reading.ts'
import type { CertificateSigningRequest } from '../../kube/kinds.ts'
import type { Lister } from '../../kube/lister.ts'
import { nameOf, type ObjectKey } from '../../runtime/object-key.ts'
import type { MayReference } from './reference-permission.ts'
import { requestedDuration } from './requested-duration.ts'
import { stateOf } from './state-of.ts'
import type { Announcement, World } from './world.ts'

/** What the signing request controller reads. */
export interface SigningRequestSources extends IssuerSources {
  readonly signingRequests: Lister<CertificateSigningRequest>
  /** Asked only for an approved request for an Issuer that exists. */
  readonly mayReference: MayReference
  /** The only namespace that is watched; empty: all are. */
  readonly watchedNamespace: string
  readonly told: (request: CertificateSigningRequest) => Announcement | undefined
}

/** Gathers the world of one signing request; undefined when it is gone, or another's to sign. */
export async function observe(sources: SigningRequestSources, key: ObjectKey, signal: AbortSignal): Promise<World | undefined> {
  const request = sources.signingRequests.get(nameOf(key))
  const signer = request === undefined ? undefined : issuerOfSigner(request.spec.signerName)
  if (request === undefined || signer === undefined || !isSeen(signer, sources)) return undefined
  const state = stateOf(request)
  const issuer = readIssuer(signer.reference, signer.namespace, sources)
  const isInQuestion = state === 'approved' && issuer.kind !== 'missing'
  return {
    request,
    state,
    signer,
    issuer,
    mayReference: isInQuestion && (await sources.mayReference(request, signer, signal)),
    duration: requestedDuration(request),
    told: sources.told(request),
  }
}

/** Whether the issuers are watched of which this could be one: of those elsewhere another operator knows more. */
function isSeen({ namespace }: IssuerOfSigner, { watchedNamespace }: SigningRequestSources): boolean {
  return watchedNamespace === '' || watchedNamespace === namespace
}
