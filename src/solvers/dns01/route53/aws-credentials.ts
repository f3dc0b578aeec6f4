import { fromNodeProviderChain, fromTemporaryCredentials, fromWebToken } from '@aws-sdk/credential-providers'
import type { Route53ClientConfig } from '@aws-sdk/client-route-53'
import { abortable } from '../../../acme/abortable.ts'
import type { Route53 } from '../../../crds/dns01-solver.ts'
import { SECOND } from '../../../lib/instant.ts'
import { OperatorError } from '../../../lib/operator-error.ts'
import type { ProviderAccess } from '../dns-provider.ts'
import { asOperatorError } from './aws-error.ts'
import { isAmbient } from './aws-client-config.ts'
import type { AwsClientConfig } from './aws-client-config.ts'

export interface AwsSignIn {
  readonly config: Route53
  readonly access: ProviderAccess
  readonly clientConfig: AwsClientConfig
}

type Credentials = Exclude<NonNullable<Route53ClientConfig['credentials']>, (...words: never[]) => unknown>

/**
 * Who we are at AWS, by what the issuer says: a token of a service account for a role, an access key, or the environment of the operator,
 * where that is allowed. The latter two may lead to a role too.
 */
export async function awsCredentials({ config, access, clientConfig }: AwsSignIn, signal: AbortSignal): Promise<Credentials> {
  const role = config.role?.trim() ?? ''
  if (config.auth !== undefined) return withToken({ config, access, clientConfig }, role, signal)
  if (isAmbient(config)) return ofEnvironment({ config, access, clientConfig }, role, signal)
  const key = await accessKey(config, access, signal)
  return role === '' ? key : assumed({ role, clientConfig, first: async () => key }, signal)
}

/** A name for the session that IAM policies and trails know already from cert-manager. */
const SESSION = 'cert-manager'
const AUDIENCE = 'sts.amazonaws.com'
/** The SDK asks metadata services itself, and knows nothing of our signal. */
const LONGEST_SIGN_IN = 30 * SECOND

async function withToken({ config, access, clientConfig }: AwsSignIn, role: string, signal: AbortSignal): Promise<Credentials> {
  if (role === '') throw misconfigured('route53.auth.kubernetes needs route53.role, the role that the service account signs in to')
  const { name, audiences = [] } = config.auth?.kubernetes.serviceAccountRef ?? { name: '' }
  const token = await access.serviceAccountToken(name, audiences.length === 0 ? [AUDIENCE] : audiences, signal)
  const sources = { roleArn: role, roleSessionName: SESSION, webIdentityToken: token.reveal(), clientConfig }
  return signedIn(fromWebToken(sources), `sign ServiceAccount ${access.namespace}/${name} in to the role ${role}`, signal)
}

async function ofEnvironment({ access, clientConfig }: AwsSignIn, role: string, signal: AbortSignal): Promise<Credentials> {
  if (!access.isAmbientAllowed)
    throw misconfigured(
      'route53 has no credentials: give accessKeyID and secretAccessKeySecretRef, or role and auth.kubernetes.serviceAccountRef; those that ' +
        'the operator itself has may be used only where --issuer-ambient-credentials or --cluster-issuer-ambient-credentials says so',
    )
  const first = fromNodeProviderChain({ clientConfig })
  if (role !== '') return assumed({ role, clientConfig, first }, signal)
  return signedIn(first, 'sign the operator in with the credentials of its environment', signal)
}

async function accessKey(config: Route53, access: ProviderAccess, signal: AbortSignal): Promise<Credentials> {
  const { accessKeyID = '', accessKeyIDSecretRef: idRef, secretAccessKeySecretRef: secretRef } = config
  if (idRef !== undefined && accessKeyID !== '')
    throw misconfigured('route53 has both accessKeyID and accessKeyIDSecretRef; give one of them')
  const id = idRef === undefined ? accessKeyID : (await access.secret({ name: idRef.name, key: idRef.key ?? '' }, signal)).reveal()
  if (id.trim() === '') throw misconfigured('route53.secretAccessKeySecretRef needs accessKeyID or accessKeyIDSecretRef')
  if ((secretRef?.name ?? '') === '') throw misconfigured('route53 has an access key but no secretAccessKeySecretRef')
  const secret = await access.secret({ name: secretRef?.name ?? '', key: secretRef?.key ?? '' }, signal)
  return { accessKeyId: id.trim(), secretAccessKey: secret.reveal().trim() }
}

type Provider = () => Promise<Credentials>

function assumed(
  { role, clientConfig, first }: { readonly role: string; readonly clientConfig: AwsClientConfig; readonly first: Provider },
  signal: AbortSignal,
): Promise<Credentials> {
  const provider = fromTemporaryCredentials({
    masterCredentials: first,
    params: { RoleArn: role, RoleSessionName: SESSION },
    clientConfig,
  })
  return signedIn(provider, `let us assume the role ${role}`, signal)
}

async function signedIn(provider: Provider, asked: string, signal: AbortSignal): Promise<Credentials> {
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_SIGN_IN)])
    return await abortable(provider(), limited)
  } catch (error) {
    throw asOperatorError(error, asked, signal)
  }
}

function misconfigured(why: string): OperatorError {
  return new OperatorError('dns01/configuration', why)
}
