import type { CertificateRequest } from '../../crds/certificate-request.ts'
import type { KubeObject, Resource } from '../../crds/resource.ts'
import { issuerPools } from '../../crds/resources.ts'
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

const POOL_GROUP = issuerPools.group
const REMEMBERED_FOR = MINUTE

/**
 * Whether the operator may approve requests for the issuer that one names: whoever installed it says so by the verb `approve`
 * on `signers` in its RBAC, for all issuers of a kind (`issuers.cert-manager.io/*`) or for one. It asks as the chart's admission policy
 * does: for the whole cluster, or, where it watches one namespace only, within that. The answer holds for a minute.
 */
export function approvalPermission(deps: {
  readonly cluster: Cluster
  readonly clock: Clock
  /** Empty: the whole cluster. */
  readonly watchedNamespace: string
}): (request: CertificateRequest, signal: AbortSignal) => Promise<boolean> {
  const answers = new Map<string, { readonly until: Instant; readonly allowed: Promise<boolean> }>()

  function mayApprove(signer: string, signal: AbortSignal): Promise<boolean> {
    const now = deps.clock.now()
    const known = answers.get(signer)
    if (known !== undefined && now < known.until) return known.allowed
    const allowed = ask(deps, signer, signal)
    answers.set(signer, { until: plus(now, REMEMBERED_FOR), allowed })
    allowed.catch(() => answers.delete(signer))
    if (answers.size > 10_000) answers.clear()
    return allowed
  }

  return async (request, signal) => {
    for (const signer of signerNames(request)) if (await mayApprove(signer, signal)) return true
    return false
  }
}

/**
 * The names by which the issuer of a request may be approved for: `<plural>.<group>/*`, then `<plural>.<group>/[<namespace>.]<name>`.
 * Plural and scope of a foreign kind are guessed as the admission policy guesses them, which cannot look them up.
 */
export function signerNames({ metadata, spec }: CertificateRequest): readonly string[] {
  const { name } = spec.issuerRef
  const kind = spec.issuerRef.kind || 'Issuer'
  const group = spec.issuerRef.group || 'cert-manager.io'
  const mayBeOfCluster = kind.includes('Cluster') || (group !== 'cert-manager.io' && group !== POOL_GROUP && !name.includes('.'))
  const inNamespace = kind.includes('Cluster') ? [] : [`${metadata.namespace ?? ''}.${name}`]
  return ['*', ...inNamespace, ...(mayBeOfCluster ? [name] : [])].map((path) => `${kind.toLowerCase()}s.${group}/${path}`)
}

async function ask(
  { cluster, watchedNamespace }: { readonly cluster: Cluster; readonly watchedNamespace: string },
  signer: string,
  signal: AbortSignal,
): Promise<boolean> {
  const where = watchedNamespace === '' ? {} : { namespace: watchedNamespace }
  const review = {
    metadata: { name: '' },
    spec: { resourceAttributes: { group: 'cert-manager.io', resource: 'signers', verb: 'approve', name: signer, ...where } },
  }
  const answer = await cluster.create(selfSubjectAccessReviews, review, { fieldManager: 'certwright' }, signal)
  return answer.status?.allowed === true
}
