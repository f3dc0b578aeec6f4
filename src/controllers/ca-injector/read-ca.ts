import { annotation } from '../../crds/annotations.ts'
import type { Certificate } from '../../crds/certificate.ts'
import { injectionEvent } from '../../crds/reasons.ts'
import type { ObjectName } from '../../crds/resource.ts'
import type { Lister } from '../../kube/lister.ts'
import { assertNever } from '../../lib/assert-never.ts'
import { readCertificates } from '../../pki/certificate.ts'
import type { SecretCa, SecretCas } from './secret-ca.ts'
import type { SourceReference } from './source-reference.ts'
import type { Announcement, CaReading } from './world.ts'

/** Where CAs are read. */
export interface CaSources {
  readonly certificates: Lister<Certificate>
  readonly secretCas: SecretCas
  /** Nothing is taken from these. */
  readonly ignoredNamespaces: readonly string[]
  /** PEM; undefined: we know the API server by the CAs of the system. */
  readonly apiServerCa: () => string | undefined
}

/** Reads the CA that is asked for, or says in one sentence why there is none to inject. */
export async function readCa(
  source: Exclude<SourceReference, { kind: 'none' }>,
  sources: CaSources,
  signal: AbortSignal,
): Promise<CaReading> {
  switch (source.kind) {
    case 'malformed':
      return unavailable('Warning', injectionEvent.invalidAnnotation, source.why)
    case 'api-server':
      return ofApiServer(sources.apiServerCa())
    case 'secret':
      return fromIgnored(source.name, sources) ?? ofSecret(source.name, await sources.secretCas(source.name, signal))
    case 'certificate':
      return fromIgnored(source.name, sources) ?? ofCertificate(source.name, sources, signal)
    default:
      return assertNever(source)
  }
}

function fromIgnored({ namespace = '' }: ObjectName, { ignoredNamespaces }: CaSources): CaReading | undefined {
  if (!ignoredNamespaces.includes(namespace)) return undefined
  return unavailable('Warning', injectionEvent.sourceNotAllowed, `the operator is told to take none from the namespace ${namespace}`)
}

/** That its file has been replaced nobody tells us. */
function ofApiServer(pem: string | undefined): CaReading {
  const from = 'the API server'
  if (pem === undefined)
    return unavailable('Warning', injectionEvent.sourceNotFound, `that of ${from} is not known, as the operator's own access names none`)
  const reading = readCertificates(pem)
  return reading.kind === 'ok' ? { ...reading, from, isUnwatched: true } : illegible(from, reading.why)
}

function ofSecret(name: ObjectName, secret: SecretCa | undefined): CaReading {
  const what = `the Secret ${pathOf(name)}`
  if (secret === undefined) return unavailable('Warning', injectionEvent.sourceNotFound, `${what} does not exist`)
  if (secret.allowsDirectInjection) return ofSecretData(what, secret)
  const why = `${what} does not allow it: it needs the annotation ${annotation.allowDirectInjection}: "true"`
  return unavailable('Warning', injectionEvent.sourceNotAllowed, why)
}

async function ofCertificate(name: ObjectName, { certificates, secretCas }: CaSources, signal: AbortSignal): Promise<CaReading> {
  const certificate = certificates.get(name)
  const what = `the Certificate ${pathOf(name)}`
  if (certificate === undefined) return unavailable('Warning', injectionEvent.sourceNotFound, `${what} does not exist`)
  const secretName = { ...name, name: certificate.spec.secretName }
  const secret = await secretCas(secretName, signal)
  const itsSecret = `the Secret ${pathOf(secretName)}`
  if (secret === undefined) return unavailable('Normal', injectionEvent.waiting, `${what} is not issued yet: ${itsSecret} does not exist`)
  if (secret.certificateName === name.name) return ofSecretData(itsSecret, secret)
  const why = `${itsSecret} is not that of ${what}: its annotation ${annotation.certificateName} must say ${name.name}`
  return unavailable('Warning', injectionEvent.sourceNotAllowed, why)
}

function ofSecretData(from: string, { ca }: SecretCa): CaReading {
  switch (ca.kind) {
    case 'none':
      return unavailable('Warning', injectionEvent.invalidCa, `${from} has no CA (ca.crt)`)
    case 'unreadable':
      return illegible(from, ca.why)
    case 'ok':
      return { ...ca, from, isUnwatched: false }
    default:
      return assertNever(ca)
  }
}

function illegible(from: string, why: string): CaReading {
  return unavailable('Warning', injectionEvent.invalidCa, `the CA of ${from} cannot be read: ${why}`)
}

function unavailable(type: Announcement['type'], reason: string, message: string): CaReading {
  return { kind: 'unavailable', announcement: { type, reason, message: `No CA is injected: ${message}` } }
}

function pathOf({ namespace, name }: ObjectName): string {
  return `${namespace ?? ''}/${name}`
}
