import { expect, test } from 'vitest'
import type { CertificateSpec } from '../../crds/certificate.ts'
import type { ObjectMeta } from '../../crds/resource.ts'
import { annotatedFields } from './annotated-fields.ts'
import { aCertificate, anIngress } from './builders.ts'
import { certificateChange } from './certificate-change.ts'
import { ingressSource } from './ingress-source.ts'
import { wantedCertificate } from './wanted-certificate.ts'

interface Given {
  /** Of the Ingress; those of cert-manager.io without their prefix. */
  readonly annotations?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly hosts?: readonly string[]
  readonly spec?: Partial<CertificateSpec>
  readonly metadata?: Partial<ObjectMeta>
}

const inPlace = { 'acme.cert-manager.io/http01-override-ingress-name': 'web', 'cert-manager.io/issue-temporary-certificate': 'true' }

test.each<[title: string, given: Given]>([
  ['it is as it was made', {}],
  ['a duration is spelled otherwise', { annotations: { duration: '90m' }, spec: { duration: '1h30m' } }],
  ['kind and group of the issuer are left to their defaults', { spec: { issuerRef: { name: 'ca' } } }],
  ['a user set what no annotation can express', { spec: { keystores: { pkcs12: { create: true, password: 'x' } }, isCA: false } }],
  ['a user set other annotations', { metadata: { annotations: { 'example.com/team': 'shop', ...temporary() } } }],
  ['the label of an apply set stays away', { labels: { 'applyset.kubernetes.io/part-of': 'x' } }],
  ['a host is named twice', { hosts: ['web.example.com', 'web.example.com'] }],
])('a Certificate stays alone when %s', (_title, given) => {
  expect(changeFor(given)).toBeUndefined()
})

test.each<[title: string, given: Given, change: object]>([
  ['a host is new', { hosts: ['web.example.com', 'b.example.com'] }, { spec: { dnsNames: ['web.example.com', 'b.example.com'] } }],
  ['hosts are IP addresses', { hosts: ['192.0.2.1'] }, { spec: { dnsNames: null, ipAddresses: ['192.0.2.1'] } }],
  [
    'names are added by annotations',
    { annotations: { 'alt-names': 'b.example.com', 'ip-sans': '192.0.2.1' } },
    { spec: { dnsNames: ['web.example.com', 'b.example.com'], ipAddresses: ['192.0.2.1'] } },
  ],
  ['the common name is new', { annotations: { 'common-name': 'web' } }, { spec: { commonName: 'web' } }],
  ['the common name is gone', { spec: { commonName: 'web' } }, { spec: { commonName: null } }],
  ['the subject is new', { annotations: { 'subject-countries': 'DE' } }, { spec: { subject: { countries: ['DE'] } } }],
  [
    'a part of the subject is gone',
    { annotations: { 'subject-countries': 'DE' }, spec: { subject: { countries: ['DE'], localities: ['x'] } } },
    { spec: { subject: { localities: null } } },
  ],
  ['the usages change', { annotations: { usages: 'server auth' } }, { spec: { usages: ['server auth'] } }],
  ['email addresses are new', { annotations: { 'email-sans': 'a@example.com' } }, { spec: { emailAddresses: ['a@example.com'] } }],
  ['the percentage is new', { annotations: { 'renew-before-percentage': '50' } }, { spec: { renewBeforePercentage: 50 } }],
  ['the template of the Secret is gone', { spec: { secretTemplate: { labels: { a: 'b' } } } }, { spec: { secretTemplate: null } }],
  [
    'the key is another',
    { annotations: { 'private-key-algorithm': 'ECDSA' }, spec: { privateKey: { algorithm: 'RSA', size: 2048 } } },
    { spec: { privateKey: { algorithm: 'ECDSA', size: null } } },
  ],
  [
    'the group of the issuer is another',
    { spec: { issuerRef: { name: 'ca', kind: 'Issuer', group: 'example.com' } } },
    { spec: { issuerRef: { group: 'cert-manager.io' } } },
  ],
  ['labels change', { labels: { app: 'web' }, metadata: { labels: { tier: 'x' } } }, { metadata: { labels: { app: 'web', tier: null } } }],
  [
    'an extra annotation changes',
    { annotations: { 'example.com/extra': 'b' }, metadata: { annotations: { 'example.com/extra': 'a' } } },
    { metadata: { annotations: { 'example.com/extra': 'b' } } },
  ],
  [
    'an extra annotation is gone',
    { metadata: { annotations: { 'example.com/extra': 'a' } } },
    { metadata: { annotations: { 'example.com/extra': null } } },
  ],
  [
    'the Ingress is to be edited in place',
    { annotations: { 'acme.cert-manager.io/http01-edit-in-place': 'true' } },
    { metadata: { annotations: inPlace } },
  ],
  [
    'the Ingress is no longer to be edited in place',
    { metadata: { annotations: inPlace } },
    {
      metadata: {
        annotations: { 'acme.cert-manager.io/http01-override-ingress-name': null, 'cert-manager.io/issue-temporary-certificate': null },
      },
    },
  ],
  [
    'the class for the answers is named',
    { annotations: { 'acme.cert-manager.io/http01-ingress-class': 'a', 'acme.cert-manager.io/http01-ingress-ingressclassname': '' } },
    { metadata: { annotations: { 'acme.cert-manager.io/http01-override-ingress-class': 'a' } } },
  ],
])('a Certificate is changed in just that when %s', (_title, given, change) => {
  expect(changeFor(given)).toEqual({ metadata: {}, ...change })
})

function changeFor({ annotations = {}, labels = {}, hosts = ['web.example.com'], spec, metadata }: Given): object | undefined {
  const prefixed = Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [key.includes('/') ? key : `cert-manager.io/${key}`, value]),
  )
  const reading = annotatedFields(prefixed)
  if (reading.kind === 'bad') throw new Error(reading.why)
  const wanted = wantedCertificate(
    ingressSource(anIngress({ metadata: { annotations: prefixed, labels } })),
    { secretName: 'web-tls', hosts },
    {
      issuerRef: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' },
      fields: reading.fields,
      extraAnnotations: ['example.com/extra'],
    },
  )
  return certificateChange(aCertificate({ ...(spec && { spec }), ...(metadata && { metadata }) }), wanted)
}

/** The wish of a user, who has not asked for an edit in place. */
function temporary(): Readonly<Record<string, string>> {
  return { 'cert-manager.io/issue-temporary-certificate': 'true' }
}
