/** A title, an object, and a part of the sentence with which the API server refuses it; undefined when it takes it. */
export type Verdict = readonly [title: string, object: TestObject, refusal: string | undefined]

export interface TestObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec?: unknown
}

export const certificate = (spec: object = {}): TestObject =>
  newObject('cert-manager.io/v1', 'Certificate', { secretName: 'web-tls', issuerRef: { name: 'ca' }, dnsNames: ['web.example'], ...spec })

export const certificateRequest = (spec: object = {}): TestObject =>
  newObject('cert-manager.io/v1', 'CertificateRequest', { issuerRef: { name: 'ca' }, request: pem('CERTIFICATE REQUEST'), ...spec })

export const issuer = (spec: object): TestObject => newObject('cert-manager.io/v1', 'Issuer', spec)

export const clusterIssuer = (spec: object): TestObject => newObject('cert-manager.io/v1', 'ClusterIssuer', spec)

export const order = (spec: object = {}): TestObject =>
  newObject('acme.cert-manager.io/v1', 'Order', {
    issuerRef: { name: 'acme' },
    request: base64('a CSR'),
    dnsNames: ['web.example'],
    ...spec,
  })

export const challenge = (spec: object = {}): TestObject =>
  newObject('acme.cert-manager.io/v1', 'Challenge', {
    url: 'https://acme.example/challenge/1',
    authorizationURL: 'https://acme.example/authorization/1',
    dnsName: 'web.example',
    type: 'HTTP-01',
    token: 'token',
    key: 'token.thumbprint',
    solver: { http01: { ingress: {} } },
    issuerRef: { name: 'acme' },
    ...spec,
  })

/** An ACME issuer with the given parts changed. */
export const acme = (changes: object = {}): TestObject =>
  issuer({ acme: { server: 'https://acme.example/directory', privateKeySecretRef: { name: 'account' }, ...changes } })

export const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** As much of a PEM as a rule can see: its first line, after a comment where one is given. */
export const pem = (type: string, comment = ''): string => base64(`${comment}-----BEGIN ${type}-----\n`)

/** A PEM after bytes for which the URL-safe alphabet has other symbols. */
export const withBothSymbols = pem('CERTIFICATE', '>>>???\n')

function newObject(apiVersion: string, kind: string, spec: object): TestObject {
  return { apiVersion, kind, metadata: { name: 'web' }, spec }
}
