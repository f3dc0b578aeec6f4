import { annotation } from '../../crds/annotations.ts'
import type { ObjectName } from '../../crds/resource.ts'
import { boundedMap } from '../../lib/bounded-map.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { secrets, type Secret } from '../../kube/kinds.ts'
import { readCertificates, type CertificatesReading } from '../../pki/certificate.ts'

/** What a Secret says about a CA; its keys are forgotten at once. */
export interface SecretCa {
  /** The Certificate that it is issued for, in the same namespace. */
  readonly certificateName: string | undefined
  readonly allowsDirectInjection: boolean
  readonly ca: CertificatesReading | { readonly kind: 'none' }
}

/** Reads a Secret, again only when it has changed; undefined: there is none. */
export type SecretCas = (name: ObjectName, signal: AbortSignal) => Promise<SecretCa | undefined>

const MOST_ENTRIES = 200

/** `versionOf` tells the resourceVersion of a Secret as the cache has it; undefined: not cached, so read live. */
export function secretCaCache(cluster: Pick<Cluster, 'get'>, versionOf: (name: ObjectName) => string | undefined): SecretCas {
  const entries = boundedMap<string, { readonly version: string; readonly reading: SecretCa }>(MOST_ENTRIES)
  return async (name, signal) => {
    const key = `${name.namespace ?? ''}/${name.name}`
    const version = versionOf(name)
    const known = entries.get(key)
    if (version !== undefined && known?.version === version) return known.reading
    const secret = await cluster.get(secrets, name, signal)
    if (secret === undefined) return undefined
    const reading = secretCa(secret)
    if (version !== undefined && secret.metadata.resourceVersion === version) entries.set(key, { version, reading })
    return reading
  }
}

function secretCa({ metadata, data = {} }: Secret): SecretCa {
  const { annotations = {} } = metadata
  const base64 = data['ca.crt'] ?? ''
  return {
    certificateName: annotations[annotation.certificateName],
    allowsDirectInjection: annotations[annotation.allowDirectInjection] === 'true',
    ca: base64 === '' ? { kind: 'none' } : readCertificates(Buffer.from(base64, 'base64')),
  }
}
