import type { ObjectName } from '../../crds/resource.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { secrets } from '../../kube/kinds.ts'
import { readCertificate, type CertificateReading } from '../../pki/certificate.ts'
import { secretReadings, type SecretReadings } from './secret-readings.ts'

/** Gives the certificate of a CA without its key; undefined when its Secret holds none that parses. */
export type CaCertificates = SecretReadings<CertificateReading | undefined>

/** `versionOf` tells the resourceVersion of a Secret as the cache has it; undefined: there is none. */
export function caCertificateCache(cluster: Pick<Cluster, 'get'>, versionOf: (name: ObjectName) => string | undefined): CaCertificates {
  return secretReadings({
    versionOf,
    // Many Certificates ask at once when the Secret has gone, and none of them is to ask the API server.
    read: async (name, signal) => (versionOf(name) === undefined ? undefined : read(cluster, name, signal)),
    isKept: () => true,
  })
}

async function read(cluster: Pick<Cluster, 'get'>, name: ObjectName, signal: AbortSignal): Promise<CertificateReading | undefined> {
  const pem = (await cluster.get(secrets, name, signal))?.data?.['tls.crt'] ?? ''
  const reading = readCertificate(Buffer.from(pem, 'base64').toString())
  return reading.kind === 'ok' ? reading.certificate : undefined
}
