import { secretKeySelector, secretReference } from './references.ts'
import type { TypeOf } from './schema.ts'
import { comparableBytes, object, required, text } from './schema.ts'
import { venafiNgtsRules, venafiRules, venafiTppRules } from './venafi-issuer-rules.ts'

export interface VenafiIssuer extends TypeOf<typeof venafiIssuer> {}

/** An issuer that asks CyberArk Certificate Manager (formerly Venafi). */
export const venafiIssuer = object(
  'Asks CyberArk Certificate Manager (formerly Venafi); name exactly one of tpp, cloud and ngts.',
  {
    zone: required(text('Policy folder or application that decides about requests.')),
    tpp: object(
      'Certificate Manager, Self-Hosted (TPP).',
      {
        url: required(text('Base URL of the vedsdk endpoint.')),
        credentialsRef: required(secretReference),
        caBundle: comparableBytes('CA certificates as PEM that the server is checked against.'),
        caBundleSecretRef: secretKeySelector,
      },
      { rules: venafiTppRules },
    ),
    cloud: object('Certificate Manager, SaaS.', {
      url: text('Base URL of the API; that of the vendor by default.'),
      apiTokenSecretRef: required(secretKeySelector),
    }),
    ngts: object(
      'Next-Gen Trust Security.',
      {
        url: text('Base URL of the API; that of the vendor by default.'),
        tokenEndpoint: text('URL that gives out access tokens; that of the vendor by default.'),
        tsgID: required(text('ID of the tenant service group.')),
        credentialsRef: required(secretReference),
      },
      { rules: venafiNgtsRules },
    ),
  },
  { rules: venafiRules },
)
