import { kinds } from '../crds/kinds.ts'
import type { KubeObject } from '../crds/resource.ts'
import { sampleOf } from '../crds/sample.test-support.ts'
import { accountKeyHash } from '../issuers/acme/account-key.ts'
import { createCsr } from '../pki/csr.ts'
import { aCaTemplate } from '../pki/oracles.test-support.ts'
import { encodePrivateKey, generatePrivateKey } from '../pki/private-key.ts'
import { signCertificate } from '../pki/sign-certificate.ts'

const key = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
const keyPem = encodePrivateKey(key, 'PKCS8').reveal()
/** Of the key in all of these objects. */
export const pem = await signCertificate(aCaTemplate('web.example.com', key), { key })
const csr = await createCsr({ subject: [], sans: { dnsNames: ['web.example.com'] } }, key)
/** Of the Challenge. */
export const token = 'token'
export const thumbprint = 'a'.repeat(43)
const keyAuthorization = `${token}.${thumbprint}`

const texts: Readonly<Record<string, string>> = {
  duration: '2160h',
  renewBefore: '360h',
  waitInsteadOfSelfCheck: '30s',
  windowDuration: '4h',
  cron: '0 3 * * *',
  timezone: 'Europe/Berlin',
  dnsNames: 'web.example.com',
  commonName: 'web.example.com',
  dnsName: 'web.example.com',
  identifier: 'web.example.com',
  dnsZones: 'example.com',
  ipAddresses: '10.0.0.1',
  uris: 'spiffe://example.com/web',
  emailAddresses: 'ada@example.com',
  secretName: 'web-tls',
  server: 'https://acme.example.com/directory',
  url: 'https://acme.example.com/1',
  authorizationURL: 'https://acme.example.com/1',
  uri: 'https://acme.example.com/account/1',
  request: base64(csr),
  certificate: base64(pem),
  ca: base64(pem),
  caBundle: base64(pem),
  lastPrivateKeyHash: accountKeyHash(key),
  nextPrivateKeySecretName: 'web-next',
  token,
  key: keyAuthorization,
  status: 'True',
  initialState: 'pending',
  state: 'pending',
  algorithm: 'ECDSA',
}

const conditions = ['Ready', 'Issuing', 'Approved', 'Denied', 'InvalidRequest'].map((type) => ({
  type,
  status: type === 'Denied' || type === 'InvalidRequest' ? 'False' : 'True',
  reason: 'Pending',
  message: 'sample',
  lastTransitionTime: '2026-01-01T00:00:00Z',
}))

/** An object of this kind with every field that it can have, but for those of which there may be one only. */
function full(kind: string, name: string, changes: { readonly owner?: KubeObject; readonly spec?: object; readonly status?: object } = {}) {
  const definition = kinds.find(({ resource }) => resource.kind === kind)
  if (definition === undefined) throw new Error(kind)
  const { group, version, namespaced } = definition.resource
  const { owner } = changes
  return {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: {
      name,
      ...(namespaced ? { namespace: 'shop' } : {}),
      uid: `uid-of-${name}`,
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { team: 'edge' },
      annotations: {
        'cert-manager.io/certificate-name': 'web',
        'cert-manager.io/certificate-revision': '1',
        'cert-manager.io/private-key-secret-name': 'web-next',
        'certwright.dev/revocation-policy': 'OnDelete',
      },
      finalizers: ['example.com/hold'],
      ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }),
    },
    spec: { ...(sampleOf(definition.spec.json, texts) as object), ...changes.spec },
    status: { ...(sampleOf(definition.status.json, texts) as object), conditions, ...changes.status },
  }
}

function ownerReference({ apiVersion, kind, metadata: { name, uid = '' } }: KubeObject) {
  return { apiVersion, kind, name, uid, controller: true }
}

const issuerRef = { name: 'acme', kind: 'Issuer', group: 'cert-manager.io' }
const sampleIssuer = full('Issuer', 'sample').spec as unknown as Record<string, object> & { acme: { solvers: Record<string, object>[] } }
// Of pod templates, which are handed on as they are, a few fields are enough.
const podTemplate = { metadata: { labels: { a: 'b' } }, spec: { nodeSelector: { a: 'b' }, tolerations: [{ key: 'a' }] } }
const [solver = {}] = withPodTemplate(sampleIssuer.acme.solvers)
const solvers = [
  ...['http01', 'tlsALPN01'].flatMap((type) =>
    Object.entries(solver[type] ?? {}).map(([name, value]) => ({ [type]: { [name]: value as object } })),
  ),
  ...Object.entries(solver['dns01'] ?? {}).map(([name, value]) => ({ selector: solver['selector'], dns01: { [name]: value as object } })),
]
const issuers = [
  full('Issuer', 'acme', {
    spec: { ca: undefined, vault: undefined, venafi: undefined, selfSigned: undefined, acme: { ...sampleIssuer.acme, solvers } },
  }),
  ...['ca', 'selfSigned', 'vault', 'venafi'].map((type) => only(type, full('Issuer', type.toLowerCase()))),
  only('ca', full('ClusterIssuer', 'cluster-ca')),
]
const certificate = full('Certificate', 'web', { spec: { issuerRef } })
const request = full('CertificateRequest', 'web-1', { owner: certificate, spec: { issuerRef } })
const pooled = full('CertificateRequest', 'pooled', {
  spec: { issuerRef: { name: 'pool', kind: 'IssuerPool', group: 'certwright.dev' } },
  status: { certificate: undefined },
})
const order = full('Order', 'web-1-1', { owner: request, spec: { issuerRef } })
const challenge = full('Challenge', 'web-1-1-1', {
  owner: order,
  spec: { issuerRef, dnsName: 'web.example.com', type: 'HTTP-01', solver: solvers[0] },
})
const pools = [full('IssuerPool', 'pool'), full('ClusterIssuerPool', 'cluster-pool')]
const revocation = full('CertificateRevocation', 'revoke')
/** An object of every kind of ours, and Issuers of every type, that belong together. */
export const ours = [...issuers, certificate, request, pooled, order, challenge, ...pools, revocation].map(withoutUndefined)

function only(type: string, issuer: ReturnType<typeof full>) {
  return { ...issuer, spec: { [type]: (issuer.spec as Record<string, unknown>)[type] } }
}

function withPodTemplate<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (name, field: unknown) => (name === 'podTemplate' ? podTemplate : field)) as T
}

function withoutUndefined<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

/** Objects of other kinds that are read. */
export const foreign = [
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'web-tls',
      namespace: 'shop',
      uid: 'uid-of-secret',
      labels: { 'controller.cert-manager.io/fao': 'true' },
      annotations: {
        'cert-manager.io/certificate-name': 'web',
        'cert-manager.io/issuer-name': 'acme',
        'cert-manager.io/alt-names': 'web.example.com',
      },
      managedFields: [{ manager: 'cert-manager-certificates-issuing', operation: 'Apply', fieldsV1: { 'f:data': { 'f:tls.crt': {} } } }],
    },
    type: 'kubernetes.io/tls',
    data: {
      'tls.crt': base64(pem),
      'tls.key': base64(keyPem),
      'ca.crt': base64(pem),
      'key.der': 'MA==',
      'tls-combined.pem': 'MA==',
      'keystore.jks': 'MA==',
    },
  },
  {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'web', uid: 'uid-of-signing-request', annotations: { 'experimental.cert-manager.io/request-duration': '1h' } },
    spec: {
      request: base64(csr),
      signerName: 'issuers.cert-manager.io/shop.acme',
      usages: ['client auth'],
      expirationSeconds: 600,
      username: 'ada',
      groups: ['a'],
      extra: { a: ['b'] },
    },
    status: { conditions: [{ type: 'Approved', status: 'True', reason: 'r', message: 'm' }] },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'uid-of-ingress',
      annotations: { 'cert-manager.io/issuer': 'acme', 'cert-manager.io/duration': '2h' },
    },
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['web.example.com'], secretName: 'web-tls' }],
      rules: [
        {
          host: 'web.example.com',
          http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] },
        },
      ],
    },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'solver', namespace: 'shop', uid: 'uid-of-slice', labels: { 'acme.cert-manager.io/http01-solver': 'true' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.9'], conditions: { ready: true } }],
    ports: [{ name: 'http', port: 8089, protocol: 'TCP' }],
  },
]

/** What every Secret holds that is read live. */
export const liveSecret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'account', namespace: 'shop', uid: 'uid-of-account', resourceVersion: '1' },
  data: { 'tls.key': base64(keyPem), 'tls.crt': base64(pem), sample: base64(keyPem) },
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
