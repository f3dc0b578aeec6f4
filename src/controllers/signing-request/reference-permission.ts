import type { KubeObject, Resource } from '../../crds/resource.ts'
import type { IssuerOfSigner } from '../../issuers/issuer-of-signer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { CertificateSigningRequest } from '../../kube/kinds.ts'

interface SubjectAccessReview extends KubeObject {
  readonly spec: {
    readonly user?: string
    readonly uid?: string
    readonly groups?: readonly string[]
    readonly extra?: Readonly<Record<string, readonly string[]>>
    readonly resourceAttributes: {
      readonly group: string
      readonly version: string
      readonly resource: string
      readonly verb: string
      readonly namespace: string
      readonly name: string
    }
  }
  readonly status?: { readonly allowed?: boolean }
}

const subjectAccessReviews: Resource<SubjectAccessReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
}

export type MayReference = (request: CertificateSigningRequest, signer: IssuerOfSigner, signal: AbortSignal) => Promise<boolean>

/**
 * Whether the requester may use the Issuer: signing requests have no namespace, so whoever may create one could otherwise ask the
 * Issuers of everybody. RBAC says so by the verb `reference` on `signers` in the Issuer's namespace, for its name or for `*`.
 */
export function referencePermission(cluster: Pick<Cluster, 'create'>): MayReference {
  return async (request, { reference, namespace }, signal) => {
    if (namespace === undefined) return true
    for (const name of [reference.name, '*']) {
      const review = reviewOf(request, { namespace, name, group: reference.group })
      const answer = await cluster.create(subjectAccessReviews, review, { fieldManager: 'certwright' }, signal)
      if (answer.status?.allowed === true) return true
    }
    return false
  }
}

function reviewOf(
  { spec: { username, uid, groups, extra } }: CertificateSigningRequest,
  signer: { readonly namespace: string; readonly name: string; readonly group: string },
): Omit<SubjectAccessReview, 'apiVersion' | 'kind' | 'status'> {
  return {
    metadata: { name: '' },
    spec: {
      ...(username === undefined ? {} : { user: username }),
      ...(uid === undefined ? {} : { uid }),
      ...(groups === undefined ? {} : { groups }),
      ...(extra === undefined ? {} : { extra }),
      resourceAttributes: { ...signer, version: '*', resource: 'signers', verb: 'reference' },
    },
  }
}
