import type { Certificate } from '../../crds/certificate.ts'
import type { ClusterIssuer, Issuer } from '../../crds/issuer.ts'
import type { KubeObject } from '../../crds/resource.ts'
import { resourceNamespace } from '../../issuers/resource-namespace.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'
import type { Informer } from '../../kube/lister.ts'
import { keyOf, type ObjectKey } from '../../runtime/object-key.ts'
import { onChangeOf, type ChangeSource, type Trigger } from '../../runtime/trigger.ts'

export interface FollowedSources {
  readonly certificates: Informer<Certificate>
  readonly issuers: Informer<Issuer>
  readonly clusterIssuers: Informer<ClusterIssuer>
  readonly managedSecrets: ChangeSource<KubeObject>
  readonly foreignSecrets: ChangeSource<KubeObject>
  readonly clusterResourceNamespace: string
}

/** Wakes the Certificates of a CA issuer when its Secret changes, and when the issuer does, for it may have begun to ask for that. */
export function followersOfCa(sources: FollowedSources): readonly Trigger[] {
  const { issuers, clusterIssuers, clusterResourceNamespace } = sources
  const certificatesByIssuer = sources.certificates.index(issuerPath)
  const secretPath = (issuer: AnyIssuer): readonly string[] =>
    issuer.spec.ca === undefined ? [] : [`${resourceNamespace(issuer, clusterResourceNamespace)}/${issuer.spec.ca.secretName}`]
  const issuersBySecret = issuers.index(secretPath)
  const clusterIssuersBySecret = clusterIssuers.index(secretPath)
  const certificatesOf = ({ kind, metadata, spec }: AnyIssuer): readonly ObjectKey[] =>
    spec.ca === undefined
      ? []
      : certificatesByIssuer(`${kind}/${metadata.namespace ?? ''}/${metadata.name}`).map((certificate) => keyOf(certificate.metadata))
  const onSecret = (secret: KubeObject): readonly ObjectKey[] => {
    const path = `${secret.metadata.namespace ?? ''}/${secret.metadata.name}`
    return [...issuersBySecret(path), ...clusterIssuersBySecret(path)].flatMap(certificatesOf)
  }
  return [
    onChangeOf(issuers, certificatesOf),
    onChangeOf(clusterIssuers, certificatesOf),
    onChangeOf(sources.managedSecrets, onSecret),
    onChangeOf(sources.foreignSecrets, onSecret),
  ]
}

function issuerPath({ metadata, spec: { issuerRef } }: Certificate): readonly string[] {
  const kind = issuerRef.kind || 'Issuer'
  if ((issuerRef.group || 'cert-manager.io') !== 'cert-manager.io') return []
  return [`${kind}/${kind === 'ClusterIssuer' ? '' : (metadata.namespace ?? '')}/${issuerRef.name}`]
}
