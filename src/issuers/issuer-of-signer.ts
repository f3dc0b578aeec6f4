import type { IssuerReference } from '../crds/references.ts'

/** The issuer that a signer name means. `namespace` is undefined for a ClusterIssuer. */
export interface IssuerOfSigner {
  readonly reference: Required<Pick<IssuerReference, 'name' | 'kind' | 'group'>> & { readonly kind: 'Issuer' | 'ClusterIssuer' }
  readonly namespace: string | undefined
}

const GROUP = 'cert-manager.io'

/**
 * Reads `spec.signerName` of a CertificateSigningRequest: `issuers.cert-manager.io/<namespace>.<name>` or
 * `clusterissuers.cert-manager.io/<name>`. Undefined: the signer is somebody else's.
 */
export function issuerOfSigner(signerName: string): IssuerOfSigner | undefined {
  const [domain, path, ...rest] = signerName.split('/')
  if (path === undefined || rest.length > 0 || path === '' || path.startsWith('.')) return undefined
  switch (domain) {
    case `clusterissuers.${GROUP}`:
      return { reference: { name: path, kind: 'ClusterIssuer', group: GROUP }, namespace: undefined }
    case `issuers.${GROUP}`: {
      // A namespace holds no dot, the name of an issuer may.
      const dot = path.indexOf('.')
      return dot < 0 ? inNamespace('', path) : inNamespace(path.slice(0, dot), path.slice(dot + 1))
    }
    default:
      return undefined
  }
}

function inNamespace(namespace: string, name: string): IssuerOfSigner {
  return { reference: { name, kind: 'Issuer', group: GROUP }, namespace }
}
