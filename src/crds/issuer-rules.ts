import { countOf, isListed, isNeeded, isTrue } from './rules.ts'
import type { Rule } from './schema.ts'

/** Rules for the spec of an Issuer or ClusterIssuer. */
export const issuerRules: readonly Rule[] = [
  {
    rule: countOf(['acme', 'ca', 'selfSigned', 'vault', 'venafi'], '== 1'),
    message: 'an issuer has exactly one type: acme, ca, selfSigned, vault or venafi',
  },
]

/** Rules for `acme`. */
export const acmeIssuerRules: readonly Rule[] = [
  { rule: "self.server != ''", message: 'server must be the URL of the ACME directory', fieldPath: '.server' },
  {
    rule: "self.privateKeySecretRef.name != ''",
    message: 'name the Secret that holds, or shall receive, the account key',
    fieldPath: '.privateKeySecretRef',
  },
  {
    rule: `!${isTrue('self.skipTLSVerify')} || !${isListed('self.caBundle')}`,
    message: 'caBundle and skipTLSVerify exclude each other; keep one',
    fieldPath: '.skipTLSVerify',
  },
]

/** Rules for `acme.externalAccountBinding`. */
export const eabRules: readonly Rule[] = [isNeeded('keyID')]

/** Rules for `ca`. */
export const caRules: readonly Rule[] = [
  { rule: "self.secretName != ''", message: 'name the Secret that holds the CA', fieldPath: '.secretName' },
  ...['ocspServers', 'issuingCertificateURLs'].map((name) => ({
    rule: `!has(self.${name}) || self.${name}.all(url, url != '')`,
    message: `${name} may not hold an empty URL`,
    fieldPath: `.${name}`,
  })),
]
