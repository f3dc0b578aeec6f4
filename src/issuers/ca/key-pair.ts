import type { KeyObject } from 'node:crypto'
import type { ObjectName } from '../../crds/resource.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { secrets } from '../../kube/kinds.ts'
import { readCertificates, type CertificateReading } from '../../pki/certificate.ts'
import { parsePrivateKey, publicKeyFingerprint } from '../../pki/private-key.ts'

/** A CA as its Secret has it. */
export interface CaKeyPair {
  readonly kind: 'ok'
  readonly key: KeyObject
  readonly certificate: CertificateReading
  /** PEM of tls.crt: the CA certificate and what is above it. */
  readonly chain: string
  /** PEM of ca.crt, where the Secret of an intermediate CA has its root; empty without one. */
  readonly root: string
}

export type CaKeyPairReading =
  | CaKeyPair
  | { readonly kind: 'missing'; readonly why: string }
  | { readonly kind: 'invalid'; readonly why: string }

/** Reads and checks the key pair of a CA. Throws only when the API server cannot be asked. */
export async function readCaKeyPair(cluster: Pick<Cluster, 'get'>, name: ObjectName, signal: AbortSignal): Promise<CaKeyPairReading> {
  const secret = await cluster.get(secrets, name, signal)
  const where = `Secret ${name.namespace ?? ''}/${name.name}`
  if (secret === undefined) return { kind: 'missing', why: `${where} does not exist` }
  const chain = contentOf(secret.data?.['tls.crt'])
  const keyPem = contentOf(secret.data?.['tls.key'])
  if (chain === undefined) return { kind: 'invalid', why: `${where} has no certificate under tls.crt` }
  if (keyPem === undefined) return { kind: 'invalid', why: `${where} has no private key under tls.key` }
  return checkedKeyPair(where, { chain, keyPem, root: contentOf(secret.data?.['ca.crt']) ?? '' })
}

function checkedKeyPair(where: string, pem: { readonly chain: string; readonly keyPem: string; readonly root: string }): CaKeyPairReading {
  const { chain, keyPem, root } = pem
  const certificates = readCertificates(chain)
  if (certificates.kind === 'unreadable') return { kind: 'invalid', why: `${where}, tls.crt: ${certificates.why}` }
  const [certificate] = certificates.certificates
  if (certificate === undefined) return { kind: 'invalid', why: `${where}, tls.crt: no certificate in it` }
  const key = parsePrivateKey(keyPem)
  if (key.kind === 'unreadable') return { kind: 'invalid', why: `${where}, tls.key: ${key.why}` }
  if (publicKeyFingerprint(key.key) !== certificate.publicKeyFingerprint)
    return { kind: 'invalid', why: `${where}: tls.key does not belong to tls.crt` }
  return { kind: 'ok', key: key.key, certificate, chain, root }
}

function contentOf(base64: string | undefined): string | undefined {
  return base64 === undefined || base64 === '' ? undefined : Buffer.from(base64, 'base64').toString()
}
