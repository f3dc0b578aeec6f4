import type { ObjectName } from '../../crds/resource.ts'
import type { AcmeIssuer, AcmeSolver } from '../../crds/issuer.ts'
import { secrets } from '../../kube/kinds.ts'
import type { AnyIssuer } from '../signer.ts'
import { resourceNamespace } from '../resource-namespace.ts'
import type { AccountKeyDeps } from './account-key.ts'

interface Reference {
  /** The field of the issuer, as users write it. */
  readonly field: string
  readonly name: string
  readonly key: string
}

/**
 * Why a DNS-01 solver of this issuer could not work: a Secret that it names does not exist or lacks the key. undefined: all are there.
 * Told on the Issuer, because otherwise the first renewal would find it out.
 */
export async function solverSecretProblem(
  issuer: AnyIssuer,
  acme: AcmeIssuer,
  { cluster, clusterResourceNamespace }: AccountKeyDeps,
  signal: AbortSignal,
): Promise<string | undefined> {
  const namespace = resourceNamespace(issuer, clusterResourceNamespace)
  for (const { field, name, key } of (acme.solvers ?? []).flatMap(references)) {
    const place: ObjectName = { namespace, name }
    const secret = await cluster.get(secrets, place, signal)
    if (secret === undefined) return `${field}: Secret ${namespace}/${name} does not exist`
    if ((secret.data?.[key] ?? '') === '') return `${field}: Secret ${namespace}/${name} has nothing under the key ${JSON.stringify(key)}`
  }
  return undefined
}

/** The Secrets that the DNS-01 solvers name. */
export function solverSecretNames({ solvers }: AcmeIssuer): readonly string[] {
  return (solvers ?? []).flatMap(references).map(({ name }) => name)
}

/** Every `…SecretRef` of a solver's DNS provider. What a webhook's `config` holds is its own business. */
function references({ dns01 }: AcmeSolver, at: number): readonly Reference[] {
  return Object.entries(dns01 ?? {})
    .filter(([provider, config]) => provider !== 'webhook' && typeof config === 'object' && config !== null)
    .flatMap(([provider, config]) =>
      Object.entries(config as Readonly<Record<string, unknown>>).flatMap(([field, value]) => {
        const { name, key } = named(value)
        const isReference = field.endsWith('SecretRef') && name !== ''
        return isReference ? [{ field: `spec.acme.solvers[${at}].dns01.${provider}.${field}`, name, key }] : []
      }),
    )
}

function named(value: unknown): { readonly name: string; readonly key: string } {
  const { name, key } = (typeof value === 'object' && value !== null ? value : {}) as { readonly name?: unknown; readonly key?: unknown }
  return { name: typeof name === 'string' ? name : '', key: typeof key === 'string' ? key : '' }
}
