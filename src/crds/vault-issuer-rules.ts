import { countOf, isListed, isNeeded, isSet } from './rules.ts'
import type { Rule } from './schema.ts'

// A step upwards would leave the mount that the user named.
const staysBelow = (name: string): Rule => ({
  rule: String.raw`!has(self.${name}) || !self.${name}.matches(r'(^|/)\.\.(/|$)')`,
  message: `${name} may not contain a .. segment`,
  fieldPath: `.${name}`,
})

/** Rules for `vault`. */
export const vaultRules: readonly Rule[] = [
  isNeeded('server'),
  isNeeded('path'),
  staysBelow('path'),
  {
    rule: `!${isListed('self.caBundle')} || !has(self.caBundleSecretRef)`,
    message: 'caBundle and caBundleSecretRef exclude each other; keep one',
    fieldPath: '.caBundleSecretRef',
  },
  {
    rule: 'has(self.clientCertSecretRef) == has(self.clientKeySecretRef)',
    message: 'clientCertSecretRef and clientKeySecretRef need each other',
  },
]

/** Rules for `vault.auth`; several may be set, the first one counts. */
export const vaultAuthRules: readonly Rule[] = [
  {
    rule: countOf(['tokenSecretRef', 'appRole', 'clientCertificate', 'kubernetes', 'aws'], '> 0'),
    message: 'auth needs one of tokenSecretRef, appRole, clientCertificate, kubernetes and aws',
  },
]

/** Rules for `vault.auth.appRole`. */
export const vaultAppRoleRules: readonly Rule[] = [
  isNeeded('roleId'),
  { rule: "self.secretRef.name != ''", message: 'name the Secret that holds the secret ID', fieldPath: '.secretRef' },
  staysBelow('path'),
]

/** Rules for `vault.auth.clientCertificate`. */
export const vaultClientCertificateRules: readonly Rule[] = [staysBelow('mountPath')]

/** Rules for `vault.auth.kubernetes`. */
export const vaultKubernetesRules: readonly Rule[] = [
  isNeeded('role'),
  staysBelow('mountPath'),
  {
    rule: "(has(self.secretRef) && self.secretRef.name != '') != has(self.serviceAccountRef)",
    message: 'give exactly one of serviceAccountRef and secretRef',
  },
  {
    rule: "!has(self.serviceAccountRef) || self.serviceAccountRef.name != ''",
    message: 'name the service account',
    fieldPath: '.serviceAccountRef',
  },
]

/** Rules for `vault.auth.aws`. */
export const vaultAwsRules: readonly Rule[] = [
  staysBelow('mountPath'),
  {
    rule: "!has(self.serviceAccountRef) || self.serviceAccountRef.name != ''",
    message: 'name the service account',
    fieldPath: '.serviceAccountRef',
  },
  {
    rule: `!has(self.serviceAccountRef) || ${isSet('self.iamRoleArn')}`,
    message: 'serviceAccountRef needs iamRoleArn, the role to assume with it',
    fieldPath: '.iamRoleArn',
  },
]
