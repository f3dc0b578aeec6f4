import { resourceNamespace } from '../../issuers/resource-namespace.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { isKubeApiError } from '../../kube/kube-api-error.ts'
import { secrets } from '../../kube/kinds.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { Redacted } from '../../lib/redacted.ts'
import type { Environment, ProviderAccess, ProviderHttp, SecretKey } from './dns-provider.ts'

export interface ProviderAccessDeps {
  readonly cluster: Cluster
  readonly http: ProviderHttp
  readonly clusterResourceNamespace: string
  /** Whether issuers of each kind may use credentials that the process finds by itself. */
  readonly isAmbientAllowed: { readonly Issuer: boolean; readonly ClusterIssuer: boolean }
  readonly environment: Environment
}

/** What the DNS provider of this issuer may know of the cluster: what lies in the issuer's own namespace, and nothing else. */
export function providerAccess(issuer: AnyIssuer, deps: ProviderAccessDeps): ProviderAccess {
  const namespace = resourceNamespace(issuer, deps.clusterResourceNamespace)
  return {
    namespace,
    isAmbientAllowed: deps.isAmbientAllowed[issuer.kind],
    environment: deps.isAmbientAllowed[issuer.kind] ? deps.environment : {},
    secret: (ref, signal) => secretValue(deps.cluster, { namespace, ...ref }, signal),
    serviceAccountToken: (name, audiences, signal) => tokenOf(deps.cluster, { namespace, name, audiences }, signal),
    callApi: (call, signal) => deps.cluster.callApi(call, signal),
    http: deps.http,
  }
}

/** Read past the cache, so that a Secret that was just mended counts. */
async function secretValue(
  cluster: Cluster,
  { namespace, name, key }: SecretKey & { readonly namespace: string },
  signal: AbortSignal,
): Promise<Redacted<string>> {
  const secret = await cluster.get(secrets, { namespace, name }, signal)
  if (secret === undefined) throw new OperatorError('dns01/noSecret', `Secret ${namespace}/${name} does not exist`)
  const encoded = secret.data?.[key] ?? ''
  if (encoded === '')
    throw new OperatorError('dns01/noSecret', `Secret ${namespace}/${name} has nothing under the key ${JSON.stringify(key)}`)
  return new Redacted(Buffer.from(encoded, 'base64').toString('utf8'))
}

async function tokenOf(
  cluster: Cluster,
  { namespace, name, audiences }: { readonly namespace: string; readonly name: string; readonly audiences: readonly string[] },
  signal: AbortSignal,
): Promise<Redacted<string>> {
  try {
    return await cluster.serviceAccountToken({ namespace, name }, audiences, signal)
  } catch (error) {
    const why = isKubeApiError(error, 'NotFound')
      ? 'it does not exist'
      : isKubeApiError(error, 'Forbidden')
        ? 'the operator may not create tokens for it; grant it "create" on serviceaccounts/token'
        : undefined
    if (why === undefined) throw error
    throw new OperatorError('dns01/noToken', `There is no token for ServiceAccount ${namespace}/${name}: ${why}`, { cause: error })
  }
}
