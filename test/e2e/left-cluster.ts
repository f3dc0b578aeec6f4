import { secrets } from '../../src/kube/kinds.ts'
import { DAY } from '../../src/lib/instant.ts'
import type { AcmeSite } from './acme-site.ts'
import type { ClusterUser } from './cluster-user.ts'
import { leaveAccount, leaveProven, leaveProving } from './left-acme.ts'
import {
  certManager,
  failedCertificate,
  issuedRequest,
  issuedSecret,
  nextKeySecret,
  ownedBy,
  pendingRequest,
} from './left-by-cert-manager.ts'
import { readyCertificate, readyIssuer, request, underWay } from './left-by-cert-manager.ts'
import type { LeftPair } from './left-by-cert-manager.ts'
import { apply, ownerOf, pairFrom, type Place } from './left-place.ts'
import { base64 } from './stored.ts'
import { newTestCa } from './test-ca.ts'

/** Fills the namespace of a user as cert-manager leaves it: everything in the order, and by the field managers, in which it came to be. */
export async function leaveCluster(user: ClusterUser, site: AcmeSite): Promise<void> {
  const place = { user, site, ca: await newTestCa({ lifetime: 365 * DAY }) }
  await user.create(secrets, 'ca', { data: place.ca.secretData })
  await apply(place, { by: 'kubectl', yaml: usersYaml })
  await apply(
    place,
    readyIssuer('ca', { reason: 'KeyPairVerified', message: 'Signing CA verified' }),
    readyIssuer('self-signed', { reason: 'IsReady' }),
  )
  await apply(place, {
    by: certManager.shim,
    yaml: `${certificate('from-ingress', 'ca', ownedBy(await ownerOf(place, 'Ingress', 'shop')))}`,
  })
  await leaveIssued(place, 'web', 3)
  await leaveIssued(place, 'rich', 1, richSecret)
  await leaveIssued(place, 'from-ingress', 1)
  await leaveRenewing(place)
  await apply(place, failedCertificate('failed', Date.now()))
  const client = await leaveAccount(place)
  await leaveProven(place)
  await leaveProving(place, client)
}

type More = Partial<Parameters<typeof issuedSecret>[2]>

async function leaveIssued(place: Place, name: string, revision: number, more = (_pair: LeftPair): More => ({})): Promise<LeftPair> {
  const pair = await pairFrom(place.ca, `${name}.example`)
  const owner = await ownerOf(place, 'Certificate', name)
  const { csr } = pair
  const requestName = `${name}-${revision}`
  await apply(
    place,
    issuedSecret(name, pair, { issuer: 'ca', ...more(pair) }),
    request(requestName, owner, { issuer: 'ca', revision, keySecret: `${name}-abcde`, csr }),
    issuedRequest(requestName, pair),
    readyCertificate(name, pair, revision),
  )
  return pair
}

/** Stopped between the approval of a request and its signature. */
async function leaveRenewing(place: Place): Promise<void> {
  const current = await leaveIssued(place, 'renewing', 2)
  const next = await pairFrom(place.ca, 'renewing.example')
  const owner = await ownerOf(place, 'Certificate', 'renewing')
  await apply(
    place,
    nextKeySecret('renewing-x7k2p', owner, next),
    request('renewing-3', owner, { issuer: 'ca', revision: 3, keySecret: 'renewing-x7k2p', csr: next.csr }),
    pendingRequest('renewing-3', 'Referenced issuer does not have a Ready status condition'),
    readyCertificate('renewing', current, 2, underWay('renewing-x7k2p')),
  )
}

function certificate(name: string, issuer: string, metadata = '', spec = ''): string {
  return `
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: ${name}
  ${metadata}
spec:
  secretName: ${name}
  commonName: ${name}.example
  dnsNames: [${name}.example]
  privateKey: {algorithm: ECDSA}
  issuerRef: {kind: Issuer, name: ${issuer}}
  ${spec}
`
}

const richSpec = `additionalOutputFormats: [{type: CombinedPEM}]
  keystores: {pkcs12: {create: true, profile: Modern2023, password: changeit}}
  secretTemplate: {labels: {team: shop}, annotations: {example.com/owner: jane}}`

const richSecret = ({ key, chain }: LeftPair): More => ({
  labels: 'team: shop',
  annotations: 'example.com/owner: jane',
  data: `keystore.p12: ${base64('a keystore')}\n  truststore.p12: ${base64('a truststore')}\n  tls-combined.pem: ${base64(`${key}\n${chain}`)}`,
})

/** What people applied. */
const usersYaml = `
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: ca}
spec: {ca: {secretName: ca}}
---
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: self-signed}
spec: {selfSigned: {}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  annotations: {cert-manager.io/issuer: ca, cert-manager.io/common-name: from-ingress.example, cert-manager.io/private-key-algorithm: ECDSA}
spec:
  tls: [{hosts: [from-ingress.example], secretName: from-ingress}]
  defaultBackend: {service: {name: shop, port: {number: 80}}}
${[
  certificate('web', 'ca'),
  certificate('rich', 'ca', '', richSpec),
  certificate('renewing', 'ca'),
  certificate('failed', 'self-signed'),
  certificate('proven', 'acme'),
  certificate('proving', 'acme'),
]
  .map((yaml) => `---${yaml}`)
  .join('')}---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: elsewhere}
spec:
  secretName: elsewhere
  dnsNames: [elsewhere.example]
  issuerRef: {group: certmanager.step.sm, kind: StepIssuer, name: step}
`
