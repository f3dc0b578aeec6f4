import { ownAnnotation } from '../../crds/annotations.ts'
import type { Certificate } from '../../crds/certificate.ts'
import type { CaCertificates } from '../../issuers/ca/ca-certificate.ts'
import { findIssuer, type IssuerListers } from '../../issuers/find-issuer.ts'
import { resourceNamespace } from '../../issuers/resource-namespace.ts'
import { parseGoDuration } from '../../lib/go-duration.ts'
import { HOUR, type Instant } from '../../lib/instant.ts'
import { asSigner, type SignerIdentity } from '../../pki/signer-identity.ts'

/** The CA that would sign now, for a Certificate that follows a change of it. */
export interface CurrentCa {
  readonly signer: SignerIdentity
  readonly notAfter: Instant
  /** Over how long the Certificates of the CA are spread, in milliseconds. */
  readonly spread: number
}

export interface CurrentCaSources extends IssuerListers {
  readonly caCertificates: CaCertificates
  readonly clusterResourceNamespace: string
}

/** The CA behind a Certificate's issuer; undefined when nobody asked to follow it, or when there is no CA that could sign. */
export async function currentCa(sources: CurrentCaSources, certificate: Certificate, signal: AbortSignal): Promise<CurrentCa | undefined> {
  const { metadata, spec } = certificate
  if ((spec.issuerRef.group || 'cert-manager.io') !== 'cert-manager.io') return undefined
  const issuer = findIssuer(spec.issuerRef, metadata.namespace, sources)
  if (issuer?.spec.ca === undefined) return undefined
  const spread = spreadAskedFor(metadata.annotations) ?? spreadAskedFor(issuer.metadata.annotations) ?? 'never'
  if (spread === 'never') return undefined
  const name = { namespace: resourceNamespace(issuer, sources.clusterResourceNamespace), name: issuer.spec.ca.secretName }
  const ca = await sources.caCertificates(name, signal)
  return ca?.isCA === true ? { signer: asSigner(ca), notAfter: ca.notAfter, spread } : undefined
}

/** What an annotation says; undefined: nothing. A word that is neither true nor a duration asks for nothing to happen. */
function spreadAskedFor(annotations: Readonly<Record<string, string>> | undefined): number | 'never' | undefined {
  const text = annotations?.[ownAnnotation.reissueOnCaChange]
  if (text === undefined) return undefined
  if (text === 'true') return DEFAULT_SPREAD
  const duration = parseGoDuration(text)
  return duration === undefined || duration < 0 ? 'never' : duration
}

const DEFAULT_SPREAD = HOUR
