import type { AcmeIssuer } from '../../crds/acme-issuer.ts'
import { solverSecretNames } from '../../issuers/acme/solver-secrets.ts'
import { issuerTypeOf } from '../../issuers/issuer-type.ts'
import { resourceNamespace } from '../../issuers/resource-namespace.ts'
import type { AccountDoubts } from '../../issuers/acme/account-doubts.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'
import type { ObjectName } from '../../crds/resource.ts'
import type { Lister } from '../../kube/lister.ts'
import { nameOf, type ObjectKey } from '../../runtime/object-key.ts'
import type { LastSetup, World } from './world.ts'

/** What the issuer controller reads. */
export interface IssuerSources {
  readonly issuers: Lister<AnyIssuer>
  readonly lastSetups: ReadonlyMap<string, LastSetup>
  /** The resourceVersion of a Secret; undefined when there is none. */
  readonly secretVersion: (name: ObjectName) => string | undefined
  readonly clusterResourceNamespace: string
  readonly doubts: AccountDoubts
}

/** Gathers the world of one issuer; undefined when it is gone. */
export function observe(sources: IssuerSources, key: ObjectKey): World | undefined {
  const issuer = sources.issuers.get(nameOf(key))
  if (issuer === undefined) return undefined
  return { issuer, version: versionOf(sources, issuer), last: sources.lastSetups.get(issuer.metadata.uid ?? '') }
}

function versionOf(sources: IssuerSources, issuer: AnyIssuer): string {
  const names = referencedSecrets(issuer, sources.clusterResourceNamespace)
  const versions = names.map((name) => sources.secretVersion(name) ?? '-')
  return [issuer.metadata.generation ?? 0, sources.doubts.countOf(issuer), ...versions, ...wishes(issuer)].join(' ')
}

/** Annotations do not count in the generation, and some ask for something. */
function wishes({ metadata }: AnyIssuer): readonly string[] {
  return Object.entries(metadata.annotations ?? {})
    .filter(([key]) => key.startsWith('certwright.dev/'))
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
}

/** The Secrets that a check of this issuer reads. */
export function referencedSecrets(issuer: AnyIssuer, clusterResourceNamespace: string): readonly ObjectName[] {
  const namespace = resourceNamespace(issuer, clusterResourceNamespace)
  return secretNames(issuer).map((name) => ({ namespace, name }))
}

function secretNames({ spec }: AnyIssuer): readonly string[] {
  switch (issuerTypeOf(spec)) {
    case 'ca':
      return [spec.ca?.secretName ?? '']
    case 'acme':
      return spec.acme === undefined ? [] : acmeSecretNames(spec.acme)
    default:
      return []
  }
}

function acmeSecretNames(acme: AcmeIssuer): readonly string[] {
  const binding = acme.externalAccountBinding?.keySecretRef.name
  return [acme.privateKeySecretRef.name, ...(binding === undefined ? [] : [binding]), ...solverSecretNames(acme)]
}
