import { Route53Client } from '@aws-sdk/client-route-53'
import type { Route53ClientConfig } from '@aws-sdk/client-route-53'
import type { Route53 } from '../../../crds/dns01-solver.ts'
import { OperatorError } from '../../../lib/operator-error.ts'
import type { ProviderAccess } from '../dns-provider.ts'
import { awsRequestHandler } from './aws-request-handler.ts'

export interface AwsEndpoint {
  readonly endpoint?: string | undefined
}

/** What the clients of all services of AWS are made with. */
export interface AwsClientConfig extends Required<
  Pick<Route53ClientConfig, 'requestHandler' | 'maxAttempts' | 'retryMode' | 'defaultsMode' | 'logger'>
> {
  readonly region: string
  readonly endpoint?: string
}

export interface AwsClientOptions extends AwsEndpoint {
  readonly config: Route53
  readonly access: ProviderAccess
}

/**
 * Settings for the clients of Route 53 and STS: our connection, and one try, because the queue is what tries again. The SDK may read from the
 * environment what the administrator says of the way to AWS (endpoints, FIPS), never who we are: credentials are always given.
 */
export async function awsClientConfig({ config, access, endpoint }: AwsClientOptions): Promise<AwsClientConfig> {
  return {
    region: await regionFor(config, access.isAmbientAllowed && isAmbient(config)),
    requestHandler: awsRequestHandler(access.http),
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    logger: silent,
    ...(endpoint === undefined ? {} : { endpoint }),
  }
}

/** Whether the issuer leaves it to the environment who signs in. */
export function isAmbient(config: Route53): boolean {
  const { accessKeyID = '', accessKeyIDSecretRef, secretAccessKeySecretRef, auth } = config
  return (
    accessKeyID.trim() === '' && accessKeyIDSecretRef === undefined && (secretAccessKeySecretRef?.name ?? '') === '' && auth === undefined
  )
}

/**
 * As with cert-manager: what the issuer says, else what the environment says; the other way round where the environment says who we are.
 * Route 53 has one region in each partition, so that the last resort is right for most.
 */
async function regionFor(config: Route53, isOfEnvironment: boolean): Promise<string> {
  const given = config.region?.trim() ?? ''
  if (given !== '' && !/^[a-z\d]+(-[a-z\d]+)*$/i.test(given))
    throw new OperatorError('dns01/configuration', `route53.region ${JSON.stringify(given)} is not the name of an AWS region`)
  if (given !== '' && !isOfEnvironment) return given
  return (await regionOfEnvironment()) ?? (given === '' ? 'us-east-1' : given)
}

async function regionOfEnvironment(): Promise<string | undefined> {
  try {
    return await new Route53Client({ logger: silent }).config.region()
  } catch {
    // The SDK throws when there is none.
    return undefined
  }
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
