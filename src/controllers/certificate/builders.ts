import type { Certificate, CertificateStatus } from '../../crds/certificate.ts'
import { DAY, HOUR, instant, plus, toRfc3339, type Instant } from '../../lib/instant.ts'
import type { StoredSecret } from './stored-secret.ts'
import type { Wanted } from './wanted.ts'
import type { NextKey, OwnedRequest, World } from './world.ts'

/** A Certificate `web` in its first second, for tests; each part can be replaced. */
export const start = instant(Date.UTC(2026, 0, 1))

export function aCertificate(
  parts: { readonly spec?: Partial<Certificate['spec']>; readonly status?: CertificateStatus; readonly generation?: number } = {},
): Certificate {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'web', namespace: 'shop', uid: 'uid-web', resourceVersion: '1', generation: parts.generation ?? 1 },
    spec: { secretName: 'web-tls', issuerRef: { name: 'ca' }, dnsNames: ['web.example'], ...parts.spec },
    ...(parts.status === undefined ? {} : { status: parts.status }),
  }
}

export const wanted: Wanted = {
  issuer: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' },
  key: { algorithm: 'ECDSA', size: 256 },
  keyEncoding: 'PKCS1',
  reusesKey: false,
  usages: ['digital signature'],
  duration: 90 * DAY,
  renewal: { kind: 'default' },
  windows: { kind: 'ok', windows: [] },
  revisionHistoryLimit: 1,
  csrProblem: undefined,
}

export function aWorld(parts: Partial<World> = {}): World {
  return {
    certificate: aCertificate(),
    wanted,
    secretOwner: 'web',
    stored: undefined,
    requests: [],
    nextKeys: [],
    isNextKeyNameTaken: false,
    currentCa: undefined,
    efforts: [],
    suggestion: undefined,
    heard: undefined,
    settings: {
      minimumBackoff: HOUR,
      maximumBackoff: 32 * HOUR,
      ownsSecret: false,
      copiedAnnotationPrefixes: ['*'],
      encodesBasicConstraints: false,
    },
    ...parts,
  }
}

/** The Secret as an issuance by `key` leaves it. */
export function aStoredSecret(
  parts: {
    readonly key?: string
    readonly notBefore?: Instant
    readonly lifetime?: number
    readonly metadata?: Partial<StoredSecret['metadata']>
    readonly owned?: Partial<StoredSecret['owned']>
  } & Partial<Pick<StoredSecret, 'certificateName' | 'issuer' | 'pair' | 'dataKeys' | 'wrongFormats'>> = {},
): StoredSecret {
  const { key: keyName = 'key-1', notBefore = start, lifetime = 90 * DAY } = parts
  const kind = { algorithm: 'ECDSA', size: 256 } as const
  const metadata = {
    name: 'web-tls',
    namespace: 'shop',
    uid: 'uid-web-tls',
    resourceVersion: '9',
    labels: { 'controller.cert-manager.io/fao': 'true' },
    annotations: {
      'cert-manager.io/certificate-name': 'web',
      'cert-manager.io/issuer-name': 'ca',
      'cert-manager.io/issuer-kind': '',
      'cert-manager.io/issuer-group': '',
    },
    ...parts.metadata,
  }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'kubernetes.io/tls',
    dataKeys: parts.dataKeys ?? ['tls.crt', 'tls.key'],
    wrongFormats: parts.wrongFormats ?? [],
    key: { kind: 'ok', publicKeyFingerprint: keyName, ...kind },
    pair: parts.pair ?? {
      kind: 'ok',
      leaf: {
        notBefore,
        notAfter: plus(notBefore, lifetime),
        issuedBy: { name: 'CA', keyId: 'first' },
        commonName: '',
        dnsNames: ['web.example'],
        ipAddresses: [],
        uris: [],
        emailAddresses: [],
        serialNumber: '01',
        authorityKeyId: '02',
      },
      key: kind,
      publicKeyFingerprint: keyName,
      chainFingerprint: `chain of ${keyName}`,
    },
    certificateName: 'certificateName' in parts ? parts.certificateName : 'web',
    issuer: parts.issuer ?? { name: 'ca', kind: '', group: '' },
    certificateAnnotations: {},
    // As after our own apply: what is there is ours.
    owned: {
      labels: Object.keys(metadata.labels ?? {}),
      annotations: Object.keys(metadata.annotations ?? {}),
      dataKeys: parts.dataKeys ?? ['tls.crt', 'tls.key'],
      ownerReferences: [],
      ...parts.owned,
    },
  }
}

export function aNextKey(name: string, parts: Partial<Extract<NextKey['key'], { kind: 'ok' }>> = {}): NextKey {
  return { name, uid: `uid-${name}`, key: { kind: 'ok', publicKeyFingerprint: 'key-1', fitsSpec: true, ...parts } }
}

export function aRequest(parts: Partial<OwnedRequest> = {}): OwnedRequest {
  return {
    name: 'web-1',
    uid: 'uid-web-1',
    revision: 1,
    publicKeyFingerprint: 'key-1',
    violations: [],
    state: { kind: 'pending', message: '' },
    ...parts,
  }
}

/** The state of a request that brought the chain of `key`. */
export function issued(key = 'key-1', notAfter: Instant = plus(start, 90 * DAY)): OwnedRequest['state'] {
  return { kind: 'issued', leaf: { kind: 'ok', chainFingerprint: `chain of ${key}`, publicKeyFingerprint: key, notAfter }, issuedAt: start }
}

/** The status of a Certificate whose issuance began at `since`. */
export function issuingStatus(parts: Partial<CertificateStatus> = {}, since: Instant = start): CertificateStatus {
  return {
    conditions: [{ type: 'Issuing', status: 'True', reason: 'DoesNotExist', message: '', lastTransitionTime: toRfc3339(since) }],
    ...parts,
  }
}
