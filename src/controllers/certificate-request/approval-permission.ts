import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { KubeObject, Resource } from '../../crds/resource.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { Clock } from '../../lib/clock.ts'
import { MINUTE, plus, type Instant } from '../../lib/instant.ts'

interface SelfSubjectAccessReview extends KubeObject {
  readonly spec: {
    readonly resourceAttributes: {
      readonly group: string
      readonly resource: string
      readonly verb: string
      readonly name: string
      readonly namespace?: string
    }
  }
  readonly status?: { readonly allowed?: boolean }
}

const selfSubjectAccessReviews: Resource<SelfSubjectAccessReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
}

const REMEMBERED_FOR = MINUTE

/**
 * Whether the operator may approve requests for the issuer that one names: whoever installed it says so by the verb `approve`
 * on `signers` in its RBAC, for all issuers of a kind (`issuers.cert-manager.io/*`) or for one. The answer holds for a minute.
 */
export function approvalPermission(deps: {
  readonly cluster: Cluster
  readonly clock: Clock
}): (request: CertificateRequest, signal: AbortSignal) => Promise<boolean> {
  const answers = new Map<string, { readonly until: Instant; readonly allowed: Promise<boolean> }>()

  function mayApprove(signer: string, namespace: string | undefined, signal: AbortSignal): Promise<boolean> {
    const now = deps.clock.now()
    const question = `${namespace ?? ''} ${signer}`
    const known = answers.get(question)
    if (known !== undefined && now < known.until) return known.allowed
    const allowed = ask(deps.cluster, { signer, namespace }, signal)
    answers.set(question, { until: plus(now, REMEMBERED_FOR), allowed })
    allowed.catch(() => answers.delete(question))
    if (answers.size > 10_000) answers.clear()
    return allowed
  }

  return async (request, signal) => {
    const { all, one } = signerNames(request)
    const { namespace } = request.metadata
    return (await mayApprove(all, namespace, signal)) || mayApprove(one, namespace, signal)
  }
}

/** The signer names of an issuer as approval tools know them: `<plural>.<group>/*`, and `<plural>.<group>/[<namespace>.]<name>`. */
export function signerNames({ metadata, spec }: CertificateRequest): { readonly all: string; readonly one: string } {
  const { name, kind, group } = spec.issuerRef
  const domain = `${(kind || 'Issuer').toLowerCase()}s.${group || 'cert-manager.io'}`
  const path = kind === 'ClusterIssuer' ? name : `${metadata.namespace ?? ''}.${name}`
  return { all: `${domain}/*`, one: `${domain}/${path}` }
}

/** Within the request's namespace: there a Role may allow it too, where the operator serves one namespace only. */
async function ask(
  cluster: Cluster,
  { signer, namespace }: { readonly signer: string; readonly namespace: string | undefined },
  signal: AbortSignal,
): Promise<boolean> {
  const where = namespace === undefined ? {} : { namespace }
  const review = {
    metadata: { name: '' },
    spec: { resourceAttributes: { group: 'cert-manager.io', resource: 'signers', verb: 'approve', name: signer, ...where } },
  }
  const answer = await cluster.create(selfSubjectAccessReviews, review, { fieldManager: 'certwright' }, signal)
  return answer.status?.allowed === true
}
