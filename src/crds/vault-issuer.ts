import {
  vaultAppRoleRules,
  vaultAuthRules,
  vaultAwsRules,
  vaultClientCertificateRules,
  vaultKubernetesRules,
  vaultRules,
} from './vault-issuer-rules.ts'
import { secretKeySelector, serviceAccountReference } from './references.ts'
import type { TypeOf } from './schema.ts'
import { caBundleRules } from './rules.ts'
import { comparableBytes, object, required, text } from './schema.ts'

export interface VaultIssuer extends TypeOf<typeof vaultIssuer> {}
export interface VaultAuth extends TypeOf<typeof auth> {}

const auth = object(
  'How to sign in; the first that is set of tokenSecretRef, appRole, clientCertificate, kubernetes and aws.',
  {
    tokenSecretRef: secretKeySelector,
    appRole: object(
      'With an AppRole.',
      {
        path: required(text('Where the auth method is mounted, for example approle.')),
        roleId: required(text('ID of the role.')),
        secretRef: required(secretKeySelector),
      },
      { rules: vaultAppRoleRules },
    ),
    clientCertificate: object(
      'With a TLS client certificate.',
      {
        mountPath: text('Where the auth method is mounted; /v1/auth/cert by default.'),
        secretName: text('Secret with tls.crt and tls.key.'),
        name: text('Name of the certificate role; any that matches when left out.'),
      },
      { rules: vaultClientCertificateRules },
    ),
    kubernetes: object(
      'With a token of a Kubernetes service account.',
      {
        mountPath: text('Where the auth method is mounted; /v1/auth/kubernetes by default.'),
        role: required(text('Role to sign in to.')),
        secretRef: secretKeySelector,
        serviceAccountRef: serviceAccountReference,
      },
      { rules: vaultKubernetesRules },
    ),
    aws: object(
      'With AWS credentials.',
      {
        mountPath: text('Where the auth method is mounted; /v1/auth/aws by default.'),
        role: required(text('Role to sign in to.', { minLength: 1 })),
        region: text('AWS region of the STS endpoint.'),
        serviceAccountRef: serviceAccountReference,
        iamRoleArn: text('ARN of the role to assume with the service account.'),
        vaultHeaderValue: text('Value of the X-Vault-AWS-IAM-Server-ID header.'),
      },
      { rules: vaultAwsRules },
    ),
  },
  { rules: vaultAuthRules },
)

/** An issuer that has certificates signed by the PKI engine of Vault. */
export const vaultIssuer = object(
  'Has certificates signed by Vault.',
  {
    auth: required(auth),
    server: required(text('URL of the Vault server.')),
    serverName: text('Name that the certificate of the server must carry.'),
    path: required(text('Path of the sign endpoint, for example pki/sign/web.')),
    namespace: text('Vault namespace.'),
    caBundle: comparableBytes('CA certificates as PEM that the server is checked against.', { rules: caBundleRules }),
    caBundleSecretRef: secretKeySelector,
    clientCertSecretRef: secretKeySelector,
    clientKeySecretRef: secretKeySelector,
  },
  { rules: vaultRules },
)
