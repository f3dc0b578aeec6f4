import type { Verdict } from './crds-objects.ts'
import { certificate } from './crds-objects.ts'

const ok = undefined
const constraints = (permitted: object) => certificate({ isCA: true, nameConstraints: { permitted } })
const windows = (window: object) =>
  certificate({ renewal: { policy: 'RenewBefore', windows: [{ cron: '0 3 * * *', windowDuration: '2h', ...window }] } })
const size = (algorithm: string | undefined, bits: number) =>
  certificate({ privateKey: { ...(algorithm !== undefined && { algorithm }), size: bits } })
const signed = (signatureAlgorithm: string, algorithm?: string) =>
  certificate({ signatureAlgorithm, ...(algorithm !== undefined && { privateKey: { algorithm } }) })
const unnamed = (spec: object) => certificate({ dnsNames: undefined, ...spec })

/** Certificates, and what the API server says to each. */
export const certificateTable: readonly Verdict[] = [
  ['a minimal Certificate', certificate(), ok],
  ['no spec', { ...certificate(), spec: undefined }, 'spec is needed'],

  ['only a common name', unnamed({ commonName: 'web' }), ok],
  ['only a URI', unnamed({ uris: ['spiffe://example.com/web'] }), ok],
  ['only an IP address', unnamed({ ipAddresses: ['192.0.2.1'] }), ok],
  ['only an email address', unnamed({ emailAddresses: ['jane@example.com'] }), ok],
  ['only another name', unnamed({ otherNames: [{ oid: '1.3.6.1.4.1.311.20.2.3', utf8Value: 'jane@example.com' }] }), ok],
  ['a literal subject with a CN', unnamed({ literalSubject: 'O=Example, CN=web' }), ok],
  ['a literal subject with a CN as OID', unnamed({ literalSubject: '2.5.4.3=web,O=Example' }), ok],
  ['no name at all', unnamed({}), 'name something to certify'],
  ['empty lists of names', unnamed({ dnsNames: [], uris: [], commonName: '' }), 'name something to certify'],
  ['a literal subject without a CN', unnamed({ literalSubject: 'O=Example' }), 'name something to certify'],
  ['a literal subject without a CN beside a DNS name', certificate({ literalSubject: 'O=Example' }), ok],
  [
    'a literal subject with every type, several values and escapes',
    unnamed({
      literalSubject: String.raw`CN=J\"J\" S\, III,DC=a + DC=b ; UID=j,STREET=R,L=B,ST=X,SERIALNUMBER=1,C=ES,O=A,OU=I,1.2.840.113549.1.9.1=#1603`,
    }),
    ok,
  ],
  ['a literal subject of nothing but blanks beside a DNS name', certificate({ literalSubject: ' ' }), ok],
  ['a literal subject with an unknown type', certificate({ literalSubject: 'C=O,B=TX,CN=web' }), 'literalSubject must be written as'],
  ['a literal subject that ends in a comma', certificate({ literalSubject: 'CN=web,' }), 'literalSubject must be written as'],
  ['a literal subject without an equals sign', certificate({ literalSubject: 'CN=web,Example' }), 'literalSubject must be written as'],
  ['a literal subject with a CN of 64 characters', unnamed({ literalSubject: `O=Example, CN= ${'x'.repeat(64)} ` }), ok],
  [
    'a literal subject with a CN of 65 characters',
    unnamed({ literalSubject: `O=Example, CN=${'x'.repeat(65)}` }),
    'the CN of literalSubject may have at most 64 bytes',
  ],
  ['a literal subject with an O of 65 characters', unnamed({ literalSubject: `O=${'x'.repeat(65)},CN=web` }), ok],

  ['a common name of 64 bytes', certificate({ commonName: 'x'.repeat(64) }), ok],
  ['a common name of 65 bytes', certificate({ commonName: 'x'.repeat(65) }), 'commonName may have at most 64 bytes'],
  ['a common name of 33 characters and 66 bytes', certificate({ commonName: 'é'.repeat(33) }), 'commonName may have at most 64 bytes'],
  [
    'a literal subject and a common name',
    certificate({ literalSubject: 'CN=web', commonName: 'web' }),
    'commonName and literalSubject exclude each other',
  ],
  [
    'a literal subject and an organization',
    certificate({ literalSubject: 'CN=web', subject: { organizations: ['A'] } }),
    'subject and literalSubject exclude each other',
  ],
  [
    'a literal subject and a serial number',
    certificate({ literalSubject: 'CN=web', subject: { serialNumber: '1' } }),
    'subject and literalSubject exclude each other',
  ],
  ['a literal subject and an empty subject', certificate({ literalSubject: 'CN=web', subject: {} }), ok],

  ['an IPv6 address', certificate({ ipAddresses: ['2001:db8::1'] }), ok],
  ['an IPv4-mapped IPv6 address', certificate({ ipAddresses: ['::ffff:192.0.2.1'] }), ok],
  ['an IP address with a port', certificate({ ipAddresses: ['192.0.2.1:80'] }), 'ipAddresses must be IP addresses'],
  ['a host name as IP address', certificate({ ipAddresses: ['web.example'] }), 'ipAddresses must be IP addresses'],
  ['an email address with an IP address as domain', certificate({ emailAddresses: ['jane@[192.0.2.1]'] }), ok],
  [
    'an email address with a display name',
    certificate({ emailAddresses: ['Jane <jane@example.com>'] }),
    'emailAddresses must be bare addresses',
  ],
  ['an email address without a domain', certificate({ emailAddresses: ['jane'] }), 'emailAddresses must be bare addresses'],
  ['an email address with dots', certificate({ emailAddresses: ['jane.p+tag@mail.example.com'] }), ok],
  [
    'an email address with two dots in a row',
    certificate({ emailAddresses: ['jane..p@example.com'] }),
    'emailAddresses may have dots only between',
  ],
  [
    'an email address that ends in a dot',
    certificate({ emailAddresses: ['jane@example.com.'] }),
    'emailAddresses may have dots only between',
  ],
  ['an email address with mailto', certificate({ emailAddresses: ['mailto:jane@example.com'] }), 'emailAddresses must be bare addresses'],
  ['an email address in a bracketed host name', certificate({ emailAddresses: ['jane@[web]'] }), 'emailAddresses must be bare addresses'],
  ['another name without an oid', certificate({ otherNames: [{ utf8Value: 'jane' }] }), 'oid must be an object identifier'],
  ['another name with a bad oid', certificate({ otherNames: [{ oid: '1.2.x', utf8Value: 'jane' }] }), 'oid must be an object identifier'],
  ['another name without a value', certificate({ otherNames: [{ oid: '1.2.3' }] }), 'utf8Value must be given'],

  ['a duration of 1h', certificate({ duration: '1h', renewBefore: '5m' }), ok],
  ['a duration of 1.5h and 30m', certificate({ duration: '1.5h30m' }), ok],
  ['a duration of 59m', certificate({ duration: '59m' }), 'duration must be at least 1h'],
  ['a duration of 0s', certificate({ duration: '0s' }), 'duration must be at least 1h'],
  ['a duration of ten years of which a hundredth remains', certificate({ duration: '87600h', renewBeforePercentage: 1 }), ok],
  ['a duration of a year, renewed at half', certificate({ duration: '8760h', renewBefore: '4320h' }), ok],
  ['renewBefore of a month with the default duration', certificate({ renewBefore: '720h' }), ok],
  ['a negative duration', certificate({ duration: '-2h' }), 'duration must be at least 1h'],
  ['a duration in days', certificate({ duration: '90d' }), 'write a duration in hours, minutes and seconds'],
  ['a duration without a unit', certificate({ duration: '90' }), 'write a duration in hours, minutes and seconds'],
  ['a duration beyond what Go can count', certificate({ duration: '9999999999h' }), 'Invalid value'],
  ['renewBefore of 4m', certificate({ renewBefore: '4m' }), 'renewBefore must be at least 5m'],
  ['renewBefore in days', certificate({ renewBefore: '5d' }), 'write a duration in hours, minutes and seconds'],
  ['renewBefore as long as duration', certificate({ duration: '24h', renewBefore: '1440m' }), 'renewBefore must be shorter than duration'],
  ['renewBefore as long as the default duration', certificate({ renewBefore: '2160h' }), 'renewBefore must be shorter than duration'],
  [
    'renewBefore and renewBeforePercentage',
    certificate({ renewBefore: '1h', renewBeforePercentage: 50 }),
    'renewBefore and renewBeforePercentage exclude each other',
  ],
  ['renewBeforePercentage of 0 alone', certificate({ renewBeforePercentage: 0 }), ok],
  ['renewBeforePercentage of 100 alone', certificate({ renewBeforePercentage: 100 }), ok],
  [
    'renewBeforePercentage of 0 with a duration',
    certificate({ duration: '2h', renewBeforePercentage: 0 }),
    'renewBeforePercentage must be at least 1',
  ],
  [
    'renewBeforePercentage of 100 with a duration',
    certificate({ duration: '2h', renewBeforePercentage: 100 }),
    'renewBeforePercentage must leave at least 5m',
  ],
  ['renewBeforePercentage that leaves 5m', certificate({ duration: '6000s', renewBeforePercentage: 95 }), ok],
  [
    'renewBeforePercentage that leaves less than 5m',
    certificate({ duration: '5999s', renewBeforePercentage: 95 }),
    'renewBeforePercentage must leave at least 5m',
  ],
  ['revisionHistoryLimit of 0', certificate({ revisionHistoryLimit: 0 }), 'revisionHistoryLimit must be at least 1'],

  ['renewal Disabled', certificate({ renewal: { policy: 'Disabled' } }), ok],
  ['renewal without a policy', certificate({ renewal: {} }), 'renewal needs a policy'],
  [
    'renewal Disabled with windows',
    certificate({ renewal: { policy: 'Disabled', windows: [{ cron: '0 3 * * *', windowDuration: '2h' }] } }),
    'windows have no meaning with policy Disabled',
  ],
  ['a window in Denver', windows({ timezone: 'America/Denver', cron: '*/30 1-5 ? JAN,JUL mon-fri' }), ok],
  ['a window that opens @daily', windows({ cron: '@daily' }), ok],
  ['a window with a time zone in cron', windows({ cron: 'CRON_TZ=Europe/Berlin 0 3 * * *' }), ok],
  ['a window with nothing but a time zone in cron', windows({ cron: 'CRON_TZ=UTC' }), 'cron must have five fields'],
  ['a window without cron', windows({ cron: '' }), 'cron must have five fields'],
  ['a window without a length', windows({ windowDuration: undefined }), 'windowDuration: Required'],
  ['a window in no zone', windows({ timezone: '' }), 'at least 1 chars long'],
  ['a window with four cron fields', windows({ cron: '0 3 * *' }), 'cron must have five fields'],
  ['a window with six cron fields', windows({ cron: '0 0 3 * * *' }), 'cron must have five fields'],
  ['a window in a zone by its offset', windows({ timezone: '05:30' }), 'timezone must be an IANA name'],
  ['a window on Mars', windows({ timezone: 'Mars/Phobos' }), 'unknown time zone Mars/Phobos'],
  ['a window of a day', windows({ windowDuration: '1d' }), 'should match'],

  ['a secret name with an upper-case letter', certificate({ secretName: 'Web' }), 'secretName must be the name of a Secret'],
  ['an empty secret name', certificate({ secretName: '' }), 'secretName must be the name of a Secret'],
  ['a secret name of 254 characters', certificate({ secretName: 'x'.repeat(254) }), 'secretName must be the name of a Secret'],
  ['no secret name', certificate({ secretName: undefined }), 'spec.secretName: Required'],
  ['an empty issuer name', certificate({ issuerRef: { name: '' } }), 'name the issuer that signs'],
  ['an external issuer', certificate({ issuerRef: { name: 'a', kind: 'StepIssuer', group: 'certmanager.step.sm' } }), ok],
  [
    'an external issuer without group',
    certificate({ issuerRef: { name: 'a', kind: 'StepIssuer' } }),
    'for an external issuer set group too',
  ],
  [
    'an unknown kind in our group',
    certificate({ issuerRef: { name: 'a', kind: 'Isuer', group: 'cert-manager.io' } }),
    'kind must be Issuer or ClusterIssuer',
  ],

  ['a secret template', certificate({ secretTemplate: { annotations: { 'a.example/b': 'c d' }, labels: { app: 'web', empty: '' } } }), ok],
  ['allow-direct-injection', certificate({ secretTemplate: { annotations: { 'cert-manager.io/allow-direct-injection': 'true' } } }), ok],
  [
    'a reserved annotation',
    certificate({ secretTemplate: { annotations: { 'cert-manager.io/issuer-name': 'x' } } }),
    'annotations that begin with cert-manager.io/ are reserved',
  ],
  ['an annotation with upper case in its prefix', certificate({ secretTemplate: { annotations: { 'A.Example/b_C': '' } } }), ok],
  ['an annotation with two slashes', certificate({ secretTemplate: { annotations: { 'a/b/c': '' } } }), 'an annotation is named'],
  [
    'annotations of 256 KiB in all',
    certificate({ secretTemplate: { annotations: { a: 'x'.repeat(131_071), b: 'x'.repeat(131_071) } } }),
    ok,
  ],
  [
    'annotations of more than 256 KiB in all',
    certificate({ secretTemplate: { annotations: { a: 'x'.repeat(131_071), b: 'x'.repeat(131_072) } } }),
    'annotations may have at most 256 KiB',
  ],
  ['an empty secret template', certificate({ secretTemplate: { annotations: {}, labels: {} } }), ok],
  ['an annotation of 64 characters', certificate({ secretTemplate: { annotations: { ['x'.repeat(64)]: '' } } }), 'an annotation is named'],
  ['a label of 63 characters', certificate({ secretTemplate: { labels: { [`a.example/${'x'.repeat(63)}`]: '' } } }), ok],
  ['a label with upper case in its prefix', certificate({ secretTemplate: { labels: { 'A.example/b': '' } } }), 'a label is named'],
  [
    'a label of 64 characters in its value',
    certificate({ secretTemplate: { labels: { app: 'x'.repeat(64) } } }),
    'may not be more than 63',
  ],
  [
    'a label with a blank',
    certificate({ secretTemplate: { labels: { app: 'a b' } } }),
    'the value of a label has letters, digits, -, _ and . only',
  ],

  ['a keystore with a password', certificate({ keystores: { jks: { create: true, password: 'x' } } }), ok],
  ['a keystore with a Secret', certificate({ keystores: { pkcs12: { create: true, passwordSecretRef: { name: 'x', key: 'y' } } } }), ok],
  ['a keystore without a password', certificate({ keystores: { pkcs12: { create: true } } }), 'give the password once'],
  [
    'a keystore with two passwords',
    certificate({ keystores: { jks: { create: true, password: 'x', passwordSecretRef: { name: 'x' } } } }),
    'give the password once',
  ],
  ['a keystore with an empty password', certificate({ keystores: { jks: { create: true, password: '' } } }), 'password may not be empty'],
  [
    'a keystore with an empty password and a Secret',
    certificate({ keystores: { pkcs12: { create: true, password: '', passwordSecretRef: { name: 'x' } } } }),
    'give the password once',
  ],
  [
    'a keystore that is not to be made and has no password',
    certificate({ keystores: { jks: { create: false } } }),
    'give the password once',
  ],

  ['an RSA key of 2048 bits', size(undefined, 2048), ok],
  ['an RSA key of 1024 bits', size(undefined, 1024), 'size of an RSA key must be 2048 to 8192 bits'],
  ['an RSA key of 8193 bits', size('RSA', 8193), 'size of an RSA key must be 2048 to 8192 bits'],
  ['an RSA key of 0 bits', size('RSA', 0), ok],
  ['an RSA key of 8192 bits', size('RSA', 8192), ok],
  ['an ECDSA key of 0 bits', size('ECDSA', 0), ok],
  ['an ECDSA key of 100 bits', size('ECDSA', 100), 'size of an ECDSA key must be 256, 384 or 521 bits'],
  ['an ECDSA key of 521 bits', size('ECDSA', 521), ok],
  ['an ECDSA key of 512 bits', size('ECDSA', 512), 'size of an ECDSA key must be 256, 384 or 521 bits'],
  ['an Ed25519 key of some size', size('Ed25519', 7), ok],
  ['an unknown key', certificate({ privateKey: { algorithm: 'DSA' } }), 'Unsupported value: "DSA"'],
  ['an RSA signature with the default key', signed('SHA512WithRSA'), ok],
  ['an ECDSA signature with an ECDSA key', signed('ECDSAWithSHA384', 'ECDSA'), ok],
  ['an Ed25519 signature with an Ed25519 key', signed('PureEd25519', 'Ed25519'), ok],
  ['an ECDSA signature with the default key', signed('ECDSAWithSHA256'), 'signatureAlgorithm must fit privateKey.algorithm'],
  ['an RSA signature with an ECDSA key', signed('SHA256WithRSA', 'ECDSA'), 'signatureAlgorithm must fit privateKey.algorithm'],
  ['an RSA signature with an Ed25519 key', signed('SHA256WithRSA', 'Ed25519'), 'signatureAlgorithm must fit privateKey.algorithm'],
  ['an Ed25519 signature with an RSA key', signed('PureEd25519', 'RSA'), 'signatureAlgorithm must fit privateKey.algorithm'],
  ['an Ed25519 signature with an ECDSA key', signed('PureEd25519', 'ECDSA'), 'signatureAlgorithm must fit privateKey.algorithm'],
  ['an ECDSA signature with an Ed25519 key', signed('ECDSAWithSHA256', 'Ed25519'), 'signatureAlgorithm must fit privateKey.algorithm'],

  ['both output formats', certificate({ additionalOutputFormats: [{ type: 'DER' }, { type: 'CombinedPEM' }] }), ok],
  [
    'one output format twice',
    certificate({ additionalOutputFormats: [{ type: 'DER' }, { type: 'CombinedPEM' }, { type: 'DER' }] }),
    'may name each type only once',
  ],
  ['an unknown usage', certificate({ usages: ['digital signatures'] }), 'Unsupported value: "digital signatures"'],

  ['name constraints of a CA', constraints({ ipRanges: ['192.0.2.0/24', '2001:db8::/32', '::ffff:10.0.0.0/104', '10.0.0.0/08'] }), ok],
  ['name constraints without isCA', certificate({ nameConstraints: { permitted: {} } }), 'nameConstraints are for CA certificates only'],
  ['empty name constraints', certificate({ isCA: true, nameConstraints: { critical: true } }), 'say what is permitted or excluded'],
  ['an IP range without a length', constraints({ ipRanges: ['192.0.2.0'] }), 'ipRanges must be in CIDR form'],
  [
    'an excluded IP range without a length',
    certificate({ isCA: true, nameConstraints: { excluded: { ipRanges: ['2001:db8::/32', '192.0.2.1'] } } }),
    'ipRanges must be in CIDR form',
  ],
  ['an IP range with a length of 33', constraints({ ipRanges: ['192.0.2.0/33'] }), 'ipRanges must be in CIDR form'],
]
