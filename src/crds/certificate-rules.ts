import { hasCommonName } from './literal-subject-rules.ts'
import { isDuration, isListed, isSet, isTrue } from './rules.ts'
import type { Rule } from './schema.ts'

// What the fields of a Certificate must be like, together and each. As strict as the incumbent's admission webhook, never stricter.

const literalCommonName = `(has(self.literalSubject) && ${hasCommonName('self.literalSubject')})`
const nameLists = ['dnsNames', 'uris', 'emailAddresses', 'ipAddresses', 'otherNames']
const subjectLists = ['organizations', 'countries', 'organizationalUnits', 'localities', 'provinces', 'streetAddresses', 'postalCodes']

const namingRules: readonly Rule[] = [
  {
    rule: [isSet('self.commonName'), literalCommonName, ...nameLists.map((name) => isListed(`self.${name}`))].join(' || '),
    message:
      'name something to certify: one of dnsNames, ipAddresses, uris, emailAddresses, otherNames, commonName or a literalSubject with a CN',
  },
  {
    rule: '!has(self.commonName) || size(bytes(self.commonName)) <= 64',
    message: 'commonName may have at most 64 bytes; put longer names into dnsNames',
    fieldPath: '.commonName',
  },
  {
    rule: `!${isSet('self.literalSubject')} || !${isSet('self.commonName')}`,
    message: 'commonName and literalSubject exclude each other; put the CN into literalSubject',
    fieldPath: '.commonName',
  },
  {
    rule: `!${isSet('self.literalSubject')} || !has(self.subject) || !(${[
      ...subjectLists.map((name) => isListed(`self.subject.${name}`)),
      isSet('self.subject.serialNumber'),
    ].join(' || ')})`,
    message: 'subject and literalSubject exclude each other; put everything into literalSubject',
    fieldPath: '.subject',
  },
]

// The default applies as soon as one of the two durations is given. A percentage alone is not judged, as ever.
const lifetime = "duration(self.?duration.orValue('2160h'))"
const durationIsSound = `(!has(self.duration) || ${isDuration('self.duration')})`
// In whole seconds, rounded in favor of the user: a lifetime of s seconds and a bit is below s + 1; 5m are 30000 hundredths of a second.
const leavesFiveMinutes = `(${lifetime}.getSeconds() + 1) * (100 - self.renewBeforePercentage) > 30000`
const bothAreSound = `${durationIsSound} && ${isDuration('self.renewBefore')}`

const timeRules: readonly Rule[] = [
  {
    rule: `!has(self.duration) || !${isDuration('self.duration')} || ${lifetime} >= duration('1h')`,
    message: 'duration must be at least 1h',
    fieldPath: '.duration',
  },
  {
    rule: `!has(self.renewBefore) || !${isDuration('self.renewBefore')} || duration(self.renewBefore) >= duration('5m')`,
    message: 'renewBefore must be at least 5m',
    fieldPath: '.renewBefore',
  },
  {
    rule: `!has(self.renewBefore) || !(${bothAreSound}) || duration(self.renewBefore) < ${lifetime}`,
    message: 'renewBefore must be shorter than duration (2160h by default)',
    fieldPath: '.renewBefore',
  },
  {
    rule: '!has(self.renewBefore) || !has(self.renewBeforePercentage)',
    message: 'renewBefore and renewBeforePercentage exclude each other; keep one',
    fieldPath: '.renewBefore',
  },
  {
    rule: '!has(self.duration) || !has(self.renewBeforePercentage) || self.renewBeforePercentage > 0',
    message: 'renewBeforePercentage must be at least 1, or the certificate would be renewed at once',
    fieldPath: '.renewBeforePercentage',
  },
  {
    rule: `!has(self.duration) || !has(self.renewBeforePercentage) || !${isDuration('self.duration')} || ${leavesFiveMinutes}`,
    message: 'renewBeforePercentage must leave at least 5m of duration to renew; make it smaller',
    fieldPath: '.renewBeforePercentage',
  },
  {
    rule: 'self.?revisionHistoryLimit.orValue(1) >= 1',
    message: 'revisionHistoryLimit must be at least 1',
    fieldPath: '.revisionHistoryLimit',
  },
]

const ofAlgorithm = (algorithm: string) => `self.?privateKey.?algorithm.orValue('RSA') == '${algorithm}'`
const signatures = (algorithm: string, fit: string) =>
  `!(${ofAlgorithm(algorithm)}) || !has(self.signatureAlgorithm) || self.signatureAlgorithm.${fit}`

const signatureRules: readonly Rule[] = [
  {
    rule: [signatures('RSA', "endsWith('RSA')"), signatures('ECDSA', "startsWith('ECDSA')"), signatures('Ed25519', "endsWith('Ed25519')")]
      .map((rule) => `(${rule})`)
      .join(' && '),
    message: 'signatureAlgorithm must fit privateKey.algorithm (RSA by default): …WithRSA, ECDSAWith… or PureEd25519',
    fieldPath: '.signatureAlgorithm',
  },
]

const isNamedOnce = (type: string) => `self.additionalOutputFormats.filter(f, f.type == '${type}').size() <= 1`

const formatRules: readonly Rule[] = [
  {
    rule: `!has(self.additionalOutputFormats) || (${['DER', 'CombinedPEM'].map(isNamedOnce).join(' && ')})`,
    message: 'additionalOutputFormats may name each type only once',
    fieldPath: '.additionalOutputFormats',
  },
]

const constraintRules: readonly Rule[] = [
  {
    rule: `!has(self.nameConstraints) || ${isTrue('self.isCA')}`,
    message: 'nameConstraints are for CA certificates only; set isCA or remove them',
    fieldPath: '.nameConstraints',
  },
]

/** Rules that see the whole spec. */
export const certificateRules: readonly Rule[] = [...namingRules, ...timeRules, ...signatureRules, ...formatRules, ...constraintRules]

/** Rules for `nameConstraints`. */
export const nameConstraintsRules: readonly Rule[] = [
  { rule: 'has(self.permitted) || has(self.excluded)', message: 'say what is permitted or excluded' },
]

/** Rules for `privateKey`. */
export const privateKeyRules: readonly Rule[] = [
  {
    rule: "self.?algorithm.orValue('RSA') != 'RSA' || self.?size.orValue(0) <= 0 || (self.size >= 2048 && self.size <= 8192)",
    message: 'size of an RSA key must be 2048 to 8192 bits',
    fieldPath: '.size',
  },
  {
    rule: "self.?algorithm.orValue('RSA') != 'ECDSA' || self.?size.orValue(0) <= 0 || self.size in [256, 384, 521]",
    message: 'size of an ECDSA key must be 256, 384 or 521 bits',
    fieldPath: '.size',
  },
]

/** Rules for `secretName`: RFC 1123 as Kubernetes reads it for names. */
export const secretNameRules: readonly Rule[] = [
  {
    rule: String.raw`size(self) <= 253 && self.matches(r'^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')`,
    message:
      'secretName must be the name of a Secret: at most 253 lower-case letters, digits, - and ., starting and ending with a letter or digit',
  },
]

/** Rules for `keystores.jks` and `keystores.pkcs12`. */
export const keystoreRules: readonly Rule[] = [
  {
    rule: "has(self.password) != (self.?passwordSecretRef.?name.orValue('') != '')",
    message: 'give the password once: either password or passwordSecretRef',
  },
  { rule: "self.?password.orValue('x') != ''", message: 'password may not be empty', fieldPath: '.password' },
]

// Kubernetes takes upper case in the prefix of an annotation, but not of a label.
const prefix = String.raw`[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/`
const name = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?'
const keysMatch = (pattern: string) => `self.all(k, k.indexOf('/') <= 253 && k.matches(r'${pattern}'))`

/** Rules for `secretTemplate.annotations`. */
export const annotationRules: readonly Rule[] = [
  {
    rule: 'self.map(k, size(k) + size(self[k])).sum() <= 262144',
    message: 'annotations may have at most 256 KiB in all',
  },
  {
    rule: keysMatch(`^((?i)${prefix})?${name}$`),
    message:
      'an annotation is named name or prefix.example/name, with at most 63 letters, digits, -, _ and . in name and at most 253 characters in prefix.example',
  },
  {
    rule: "self.all(k, !k.startsWith('cert-manager.io/') || k == 'cert-manager.io/allow-direct-injection')",
    message: 'annotations that begin with cert-manager.io/ are reserved; only cert-manager.io/allow-direct-injection may be set',
  },
]

/** Rules for `secretTemplate.labels`. */
export const labelRules: readonly Rule[] = [
  {
    rule: keysMatch(`^(${prefix})?${name}$`),
    message:
      'a label is named name or prefix.example/name, with at most 63 letters, digits, -, _ and . in name and at most 253 characters in prefix.example',
  },
]

/** Rules for each value of `secretTemplate.labels`. */
export const labelValueRules: readonly Rule[] = [
  {
    rule: "self.matches(r'^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$')",
    message: 'the value of a label has letters, digits, -, _ and . only, and starts and ends with a letter or digit',
  },
]
