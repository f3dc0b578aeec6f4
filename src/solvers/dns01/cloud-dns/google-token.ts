import { createPrivateKey } from 'node:crypto'
import type { GoogleAuthOptions } from 'google-auth-library'
import type { CloudDns } from '../../../crds/dns01-solver.ts'
import { abortable } from '../../../acme/abortable.ts'
import { OperatorError } from '../../../lib/operator-error.ts'
import { Redacted } from '../../../lib/redacted.ts'
import type { ProviderAccess } from '../dns-provider.ts'
import type * as Google from './google-library.ts'
import { sdkExchange } from './sdk-exchange.ts'
import type { SdkExchange } from './sdk-exchange.ts'

const SCOPE = 'https://www.googleapis.com/auth/ndev.clouddns.readwrite'

/** An access token for Cloud DNS: of the service account whose key the issuer names, else of the environment, if that is allowed. */
export async function googleToken(config: CloudDns, access: ProviderAccess, signal: AbortSignal): Promise<Redacted<string>> {
  const ref = config.serviceAccountSecretRef
  if (ref !== undefined) {
    const where = `Secret ${access.namespace}/${ref.name}, key ${JSON.stringify(ref.key ?? '')}`
    const key = parseKey(await access.secret({ name: ref.name, key: ref.key ?? '' }, signal), where)
    const asked = `sign in the service account of ${where}`
    return signIn(access, { asked, token: (library, transport) => tokenOfKey(library, transport, key) }, signal)
  }
  if (access.isAmbientAllowed) {
    const asked = 'sign in the operator with the credentials of its environment'
    return signIn(access, { asked, token: (library, transport) => ambientToken(library, transport, config.project) }, signal)
  }
  throw new OperatorError(
    'dns01/credentials',
    'cloudDNS names no serviceAccountSecretRef, and this kind of issuer may not use the credentials of the operator: set it, or allow them by --issuer-ambient-credentials or --cluster-issuer-ambient-credentials',
    { retry: { kind: 'never' } },
  )
}

interface ServiceAccountKey {
  readonly email: string
  readonly privateKey: Redacted<string>
  readonly keyId: string | undefined
}

/**
 * Only the key of a service account: the other types of this file can name URLs, files and programs to run, which is nothing that the author
 * of an Issuer may decide for the operator.
 */
function parseKey(json: Redacted<string>, where: string): ServiceAccountKey {
  const unusable = (why: string): OperatorError => new OperatorError('dns01/credentials', `${where}: ${why}`)
  const fields = recordIn(json.reveal())
  if (fields?.['type'] !== 'service_account') throw unusable('this is not the JSON key of a service account (type service_account)')
  const { client_email: email, private_key: privateKey, private_key_id: keyId } = fields
  if (typeof email !== 'string' || typeof privateKey !== 'string') throw unusable('client_email and private_key are both needed')
  if (!isRsaKey(privateKey)) throw unusable('private_key is no RSA key in PEM')
  return { email, privateKey: new Redacted(privateKey), keyId: typeof keyId === 'string' ? keyId : undefined }
}

function recordIn(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    // The parser's message quotes the text.
    return undefined
  }
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}

type Library = typeof Google
type Transport = NonNullable<NonNullable<GoogleAuthOptions['clientOptions']>['transporter']>

interface SignIn {
  readonly token: (library: Library, transport: Transport) => Promise<string | null | undefined>
  readonly asked: string
}

async function signIn(access: ProviderAccess, { token, asked }: SignIn, signal: AbortSignal): Promise<Redacted<string>> {
  const exchange = sdkExchange(access.http, signal)
  const library = await import('./google-library.ts')
  try {
    // The metadata server, and the token exchange of a federation, are asked by the library itself, which knows nothing of our signal.
    const limited = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_SIGN_IN)])
    const found = await abortable(token(library, transportOver(library, exchange)), limited)
    if (typeof found === 'string' && found !== '') return new Redacted(found)
    throw new Error('there was no token in the answer')
  } catch (error) {
    throw exchange.failureOf(error, { api: 'Google', asked })
  }
}

const LONGEST_SIGN_IN = 30_000

/** Asks once: whoever is sent away comes back when the queue says so. */
function transportOver({ gaxios }: Library, exchange: SdkExchange): Transport {
  return new gaxios.Gaxios({
    retryConfig: { retry: 0, noResponseRetries: 0 },
    fetchImplementation: async (input, init) => {
      // What fetch makes of it: a form has its content type from there.
      const request = new Request(input, init)
      const { method, url } = request
      const body = request.body === null ? undefined : await request.text()
      const { status, body: answer } = await exchange.send({ method, url, headers: Object.fromEntries(request.headers), body })
      return new Response(JSON.stringify(answer ?? {}), { status, headers: { 'content-type': 'application/json' } })
    },
  })
}

async function tokenOfKey(
  { JWT }: Library,
  transporter: Transport,
  { email, privateKey, keyId }: ServiceAccountKey,
): Promise<string | null | undefined> {
  const client = new JWT({ email, key: privateKey.reveal(), ...(keyId === undefined ? {} : { keyId }), scopes: [SCOPE], transporter })
  return (await client.getAccessToken()).token
}

/** Naming the project keeps the library from looking for one, by starting `gcloud` among others. */
async function ambientToken({ GoogleAuth }: Library, transporter: Transport, projectId: string): Promise<string | null | undefined> {
  return await new GoogleAuth({ scopes: [SCOPE], projectId, clientOptions: { transporter } }).getAccessToken()
}
