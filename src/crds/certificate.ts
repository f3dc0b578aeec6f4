import type { Condition } from './condition.ts'
import { conditions } from './condition.ts'
import {
  annotationRules,
  certificateRules,
  keystoreRules,
  labelRules,
  labelValueRules,
  nameConstraintsRules,
  privateKeyRules,
  secretNameRules,
} from './certificate-rules.ts'
import { ageColumn, conditionColumn, issuerFields } from './columns.ts'
import type { KindDefinition } from './kind-definition.ts'
import { checkedIssuerReference, secretKeySelector } from './references.ts'
import type { KubeObject } from './resource.ts'
import { literalSubjectRules } from './literal-subject-rules.ts'
import { renewalRules, windowRules } from './renewal-rules.ts'
import { certificates } from './resources.ts'
import { durationRules, longestDuration } from './rules.ts'
import { emailRules, ipRangeRules, ipRules, otherNameRules } from './san-rules.ts'
import type { TypeOf } from './schema.ts'
import { choice, duration, flag, integer, list, map, object, required, text, time } from './schema.ts'
import { usage } from './usages.ts'

export interface Certificate extends KubeObject {
  readonly spec: CertificateSpec
  readonly status?: CertificateStatus
}
export interface CertificateSpec extends TypeOf<typeof spec> {}
export interface CertificateStatus extends TypeOf<typeof status> {}
export interface CertificateSubject extends TypeOf<typeof subject> {}
export interface CertificatePrivateKey extends TypeOf<typeof privateKey> {}
export interface CertificateKeystores extends TypeOf<typeof keystores> {}
export interface CertificateRenewal extends TypeOf<typeof renewal> {}
export interface SecretTemplate extends TypeOf<typeof secretTemplate> {}
export interface NameConstraints extends TypeOf<typeof nameConstraints> {}
export interface NameConstraintItem extends TypeOf<typeof nameConstraintItem> {}
export interface OtherName extends TypeOf<typeof otherName> {}
export type CertificateCondition = Condition
export type KeyUsage = TypeOf<typeof usage>
export type SignatureAlgorithm = TypeOf<typeof signatureAlgorithm>
export type OutputFormat = TypeOf<typeof outputFormat>

const subject = object('Parts of the subject besides the common name.', {
  organizations: list(text(), 'Organizations (O).'),
  countries: list(text(), 'Countries (C), as two-letter codes.'),
  organizationalUnits: list(text(), 'Organizational units (OU).'),
  localities: list(text(), 'Cities (L).'),
  provinces: list(text(), 'States or provinces (ST).'),
  streetAddresses: list(text(), 'Street addresses (STREET).'),
  postalCodes: list(text(), 'Postal codes.'),
  serialNumber: text('Serial number of the subject, not of the certificate.'),
})

const renewal = object(
  'When renewals may happen.',
  {
    policy: choice(['RenewBefore', 'Disabled'], 'RenewBefore renews in time, Disabled never renews.'),
    windows: list(
      object(
        'A recurring stretch of time in which a renewal may start.',
        {
          timezone: text('IANA time zone of the cron expression; UTC by default.', { minLength: 1, maxLength: 256 }),
          cron: required(text('When the window opens: minute, hour, day of month, month, day of week.', { minLength: 1, maxLength: 300 })),
          windowDuration: required(
            duration('How long the window stays open, for example 2h.', {
              maxLength: 256,
              pattern: String.raw`^([0-9]+(\.[0-9]+)?(s|m|h))+$`,
              rules: [longestDuration],
            }),
          ),
        },
        { rules: windowRules },
      ),
      'Renew only within one of these windows.',
      { maxItems: 100 },
    ),
  },
  { rules: renewalRules },
)

const secretTemplate = object('What is put on the Secret besides the key pair.', {
  annotations: map(text(undefined, { maxLength: 262_144 }), 'Annotations for the Secret; keys of cert-manager.io are reserved.', {
    maxProperties: 100_000,
    rules: annotationRules,
  }),
  labels: map(text(undefined, { maxLength: 63, rules: labelValueRules }), 'Labels for the Secret.', {
    maxProperties: 10_000,
    rules: labelRules,
  }),
})

const passwordFields = {
  create: required(flag('Whether to write this keystore.')),
  passwordSecretRef: secretKeySelector,
  password: text('The password itself; give either this or passwordSecretRef.'),
}

const keystores = object('Keystores that are written into the Secret besides tls.crt and tls.key.', {
  jks: object(
    'A Java keystore: keystore.jks and, with a CA, truststore.jks.',
    {
      ...passwordFields,
      alias: text('Alias of the key in the keystore; certificate by default.'),
    },
    { rules: keystoreRules },
  ),
  pkcs12: object(
    'A PKCS #12 keystore: keystore.p12 and, with a CA, truststore.p12.',
    {
      ...passwordFields,
      profile: choice(
        ['LegacyRC2', 'LegacyDES', 'Modern2023', 'Modern2026'],
        'Which algorithms protect the keystore; LegacyRC2 by default.',
      ),
    },
    { rules: keystoreRules },
  ),
})

const privateKey = object(
  'How the private key is made.',
  {
    rotationPolicy: choice(
      ['Never', 'Always'],
      'Always makes a new key for every issuance, Never keeps the one there is; Always by default.',
    ),
    encoding: choice(['PKCS1', 'PKCS8'], 'How the key is written; PKCS1 by default (SEC 1 for ECDSA).'),
    algorithm: choice(['RSA', 'ECDSA', 'Ed25519'], 'Kind of key; RSA by default.'),
    size: integer('Bits: 2048 to 8192 for RSA (2048 by default), 256, 384 or 521 for ECDSA (256 by default).'),
  },
  { rules: privateKeyRules },
)

const signatureAlgorithm = choice(
  ['SHA256WithRSA', 'SHA384WithRSA', 'SHA512WithRSA', 'ECDSAWithSHA256', 'ECDSAWithSHA384', 'ECDSAWithSHA512', 'PureEd25519'],
  'How the CSR is signed; must fit the kind of key.',
)

const outputFormat = choice(['DER', 'CombinedPEM'], 'DER adds key.der, CombinedPEM adds tls-combined.pem.')

const nameConstraintItem = object(undefined, {
  dnsDomains: list(text(), 'DNS domains.'),
  ipRanges: list(text(undefined, { maxLength: 64, rules: ipRangeRules }), 'IP ranges as CIDR.', { maxItems: 4000 }),
  emailAddresses: list(text(), 'Email addresses or domains.'),
  uriDomains: list(text(), 'Domains of URIs.'),
})

const nameConstraints = object(
  'Names that a CA certificate may sign for (RFC 5280 section 4.2.1.10).',
  {
    critical: flag('Whether the extension is critical.'),
    permitted: nameConstraintItem,
    excluded: nameConstraintItem,
  },
  { rules: nameConstraintsRules },
)

const otherName = object(
  'A SAN of type otherName with a UTF-8 value.',
  {
    oid: text('Object identifier of the type of name, for example 1.3.6.1.4.1.311.20.2.3.', { maxLength: 256 }),
    utf8Value: text('The name.'),
  },
  { rules: otherNameRules },
)

const spec = object(
  'What is wanted.',
  {
    subject,
    literalSubject: text('The whole subject as an RFC 4514 string; instead of commonName and subject.', {
      maxLength: 8192,
      rules: literalSubjectRules,
    }),
    commonName: text('Common name of the subject; at most 64 bytes. Clients look at the SANs instead.'),
    duration: duration('How long the certificate shall be valid; 2160h (90 days) by default, at least 1h.', {
      maxLength: 256,
      rules: durationRules,
    }),
    renewBefore: duration('How long before the end it is renewed; a third of its lifetime by default, at least 5m.', {
      maxLength: 256,
      rules: durationRules,
    }),
    renewBeforePercentage: integer('Renew when this percentage of the lifetime is left; instead of renewBefore.', { format: 'int32' }),
    renewal,
    dnsNames: list(text(), 'DNS names.'),
    ipAddresses: list(text(undefined, { maxLength: 45, rules: ipRules }), 'IP addresses.', { maxItems: 10_000 }),
    uris: list(text(), 'URIs.'),
    otherNames: list(otherName, 'Names of other types, such as a user principal name.', { maxItems: 4000 }),
    emailAddresses: list(text(undefined, { maxLength: 320, rules: emailRules }), 'Email addresses, without display names.', {
      maxItems: 2000,
    }),
    secretName: required(text('Name of the Secret that receives the key pair.', { rules: secretNameRules })),
    secretTemplate,
    keystores,
    issuerRef: required(checkedIssuerReference),
    isCA: flag('Whether this is a CA certificate, which may sign others.'),
    usages: list(usage, 'Key usages; digital signature and key encipherment by default.'),
    privateKey,
    signatureAlgorithm,
    encodeUsagesInRequest: flag('Whether the CSR asks for the usages; true by default.'),
    revisionHistoryLimit: integer('How many CertificateRequests are kept; 1 by default.', { format: 'int32' }),
    additionalOutputFormats: list(
      object('One more form of the key pair.', { type: required(outputFormat) }),
      'More forms in which the key pair is written into the Secret.',
    ),
    nameConstraints,
  },
  { rules: certificateRules },
)

const status = object('What there is.', {
  conditions,
  lastFailureTime: time('When the last issuance failed; absent after a success.'),
  notBefore: time('The stored certificate is valid from then on.'),
  notAfter: time('The stored certificate expires then.'),
  renewalTime: time('The stored certificate is renewed then.'),
  revision: integer('Counts the issuances.'),
  nextPrivateKeySecretName: text('Secret that holds the private key of the issuance under way.'),
  failedIssuanceAttempts: integer('How many issuances failed in a row.'),
  acme: object('What the ACME server says about the stored certificate.', {
    ari: object('Its ACME renewal information (RFC 9773).', {
      suggestedWindow: object('When the server suggests to renew.', {
        start: required(time('Start of the window.')),
        end: required(time('End of the window.')),
      }),
      explanationURL: text('A page of the CA that says why.'),
      lastChecked: time('When the server was last asked.'),
      nextCheck: time('When it is asked again.'),
      lastError: text('Why the last question failed.'),
    }),
  }),
})

/** The Certificate kind: a key pair that is kept in a Secret and renewed. */
export const certificateDefinition: KindDefinition = {
  resource: certificates,
  description: 'A Certificate keeps an up-to-date key pair, signed by an issuer, in a Secret.',
  shortNames: ['cert', 'certs'],
  categories: ['cert-manager'],
  columns: [
    conditionColumn('Ready', 'Ready', 'status'),
    { name: 'Secret', type: 'string', jsonPath: '.spec.secretName' },
    { name: 'Issuer', type: 'string', jsonPath: '.spec.issuerRef.name', priority: 1 },
    { ...conditionColumn('Status', 'Ready', 'message'), priority: 1 },
    { name: 'Expiration', type: 'string', jsonPath: '.status.notAfter', priority: 1 },
    ageColumn,
  ],
  selectableFields: issuerFields,
  spec,
  status,
  rules: [{ rule: 'has(self.spec)', message: 'spec is needed: at least secretName, issuerRef and one name' }],
}
