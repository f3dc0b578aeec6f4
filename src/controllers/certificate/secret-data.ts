import type { Certificate } from '../../crds/certificate.ts'
import { certificateEvent } from '../../crds/reasons.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import { secrets } from '../../kube/kinds.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { Redacted } from '../../lib/redacted.ts'
import { encodeJks, encodeJksTrustStore } from '../../pki/keystore/jks.ts'
import { encodePkcs12, encodePkcs12TrustStore } from '../../pki/keystore/pkcs12.ts'
import { parsePem } from '../../pki/pem.ts'

/** A certificate with its key, as PEM. `ca` is empty when the issuer gave none. */
export interface IssuedKeyPair {
  readonly key: Redacted<string>
  readonly chain: string
  readonly ca: string
}

interface Sources {
  readonly cluster: Pick<Cluster, 'get'>
  readonly events: EventRecorder
}

/** The data of the target Secret, base64: the key pair, the CA where there is one, and the extra forms that are asked for. */
export async function secretData(
  sources: Sources,
  certificate: Certificate,
  pair: IssuedKeyPair,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const files: Readonly<Record<string, string | Uint8Array>> = {
    'tls.key': pair.key.reveal(),
    'tls.crt': pair.chain,
    ...(pair.ca === '' ? {} : { 'ca.crt': pair.ca }),
    ...outputFormats(certificate, pair),
    ...(await jksFiles(sources, certificate, pair, signal)),
    ...(await pkcs12Files(sources, certificate, pair, signal)),
  }
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [
      name,
      (typeof content === 'string' ? Buffer.from(content) : Buffer.from(content)).toString('base64'),
    ]),
  )
}

function outputFormats({ spec }: Certificate, pair: IssuedKeyPair): Readonly<Record<string, string | Uint8Array>> {
  const formats = new Set((spec.additionalOutputFormats ?? []).map((format) => format.type))
  return {
    ...(formats.has('DER') ? { 'key.der': keyDer(pair.key) } : {}),
    ...(formats.has('CombinedPEM') ? { 'tls-combined.pem': `${pair.key.reveal()}\n${pair.chain}` } : {}),
  }
}

function keyDer(key: Redacted<string>): Uint8Array {
  const reading = parsePem(key.reveal())
  return reading.kind === 'ok' ? (reading.blocks[0]?.der ?? new Uint8Array()) : new Uint8Array()
}

type Files = Readonly<Record<string, Uint8Array>>

async function jksFiles(sources: Sources, certificate: Certificate, pair: IssuedKeyPair, signal: AbortSignal): Promise<Files> {
  const jks = certificate.spec.keystores?.jks
  if (jks?.create !== true) return {}
  const password = await keystorePassword(sources, certificate, { name: 'JKS', ...jks }, signal)
  return {
    'keystore.jks': await encodeJks({ ...pair, password, alias: jks.alias ?? 'certificate' }),
    ...(pair.ca === '' ? {} : { 'truststore.jks': await encodeJksTrustStore({ ca: pair.ca, password }) }),
  }
}

async function pkcs12Files(sources: Sources, certificate: Certificate, pair: IssuedKeyPair, signal: AbortSignal): Promise<Files> {
  const pkcs12 = certificate.spec.keystores?.pkcs12
  if (pkcs12?.create !== true) return {}
  const password = await keystorePassword(sources, certificate, { name: 'PKCS #12', ...pkcs12 }, signal)
  const profile = pkcs12.profile ?? 'LegacyRC2'
  return {
    'keystore.p12': await encodePkcs12({ ...pair, password, profile }),
    ...(pair.ca === '' ? {} : { 'truststore.p12': await encodePkcs12TrustStore({ ca: pair.ca, password, profile }) }),
  }
}

interface PasswordSource {
  readonly name: string
  readonly password?: string
  readonly passwordSecretRef?: { readonly name?: string; readonly key?: string }
}

/** The literal password, or the one in the Secret that is named. Throws `certificate/noKeystorePassword`, with an Event that says what is missing. */
async function keystorePassword(
  sources: Sources,
  certificate: Certificate,
  from: PasswordSource,
  signal: AbortSignal,
): Promise<Redacted<string>> {
  const { name, key } = from.passwordSecretRef ?? {}
  if (name === undefined || name === '') {
    if (from.password !== undefined && from.password !== '') return new Redacted(from.password)
    return missing(sources, certificate, `the ${from.name} keystore has neither password nor passwordSecretRef`)
  }
  const { namespace } = certificate.metadata
  const secret = await sources.cluster.get(secrets, { ...(namespace === undefined ? {} : { namespace }), name }, signal)
  const value = Buffer.from(secret?.data?.[key ?? ''] ?? '', 'base64').toString()
  if (value !== '') return new Redacted(value)
  return missing(
    sources,
    certificate,
    `the password of the ${from.name} keystore is not in Secret ${JSON.stringify(name)} under key ${JSON.stringify(key ?? '')}`,
  )
}

function missing({ events }: Sources, certificate: Certificate, message: string): never {
  events.record(certificate, { type: 'Warning', reason: certificateEvent.keystorePasswordSecretNotFound, message })
  throw new OperatorError('certificate/noKeystorePassword', message)
}
