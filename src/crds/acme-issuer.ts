import { acmeSolver } from './acme-solver.ts'
import { acmeIssuerRules, eabRules } from './issuer-rules.ts'
import { namedSecretKey, secretKeySelector } from './references.ts'
import { caBundleRules } from './rules.ts'
import type { TypeOf } from './schema.ts'
import { choice, comparableBytes, flag, list, object, required, text } from './schema.ts'

export interface AcmeIssuer extends TypeOf<typeof acmeIssuer> {}
export interface ExternalAccountBinding extends TypeOf<typeof externalAccountBinding> {}

const externalAccountBinding = object(
  'Ties the account to one at the CA (RFC 8555 section 7.3.4).',
  {
    keyID: required(text('Key ID that the CA gave out.')),
    keySecretRef: required(namedSecretKey),
    keyAlgorithm: choice(['HS256', 'HS384', 'HS512'], 'How the binding is signed; HS256 by default.'),
  },
  { rules: eabRules },
)

/** An issuer that orders certificates by ACME (RFC 8555). */
export const acmeIssuer = object(
  'Orders certificates from an ACME server.',
  {
    email: text('Where the CA writes about the account.'),
    server: required(text('URL of the directory of the ACME server.')),
    preferredChain: text('Common name of the root or intermediate that the chain should end with.', { maxLength: 64 }),
    caBundle: comparableBytes('CA certificates as PEM that the server is checked against.', { rules: caBundleRules }),
    skipTLSVerify: flag('Do not check the certificate of the server; for tests only.'),
    externalAccountBinding,
    privateKeySecretRef: required(secretKeySelector),
    solvers: list(acmeSolver, 'Ways to prove control; the most specific selector wins.', { maxItems: 1000 }),
    disableAccountKeyGeneration: flag('Do not make an account key, use the one in privateKeySecretRef.'),
    enableDurationFeature: flag('Ask the server for the duration of the Certificate; not every server can.'),
    profile: text('ACME profile to ask for.'),
    renewalInformationSource: choice(['ARI', 'None'], 'ARI asks the server when to renew (RFC 9773), None does not.', { default: 'ARI' }),
  },
  { rules: acmeIssuerRules },
)
