import { readFile } from 'node:fs/promises'
import type { AzureDns } from '../../../crds/dns01-solver.ts'
import { OperatorError } from '../../../lib/operator-error.ts'
import { Redacted } from '../../../lib/redacted.ts'
import { fieldOf } from '../answer-fields.ts'
import type { ProviderAccess, ProviderResponse } from '../dns-provider.ts'
import { oauthReason } from '../oauth-reason.ts'
import { isGranted, refusalOf, senseless } from '../provider-refusal.ts'
import type { AzureCloud } from './azure-cloud.ts'

export interface AzureSignIn {
  readonly config: AzureDns
  readonly cloud: AzureCloud
}

/** A token for the Resource Manager: of the service principal that the issuer names, else of an identity of the operator, if that is allowed. */
export async function azureToken(signIn: AzureSignIn, access: ProviderAccess, signal: AbortSignal): Promise<Redacted<string>> {
  const { clientID = '', clientSecretSecretRef } = signIn.config
  if (clientID !== '' && clientSecretSecretRef !== undefined) return principalToken(signIn, access, signal)
  if (!access.isAmbientAllowed) throw unusable(notAllowed, 'never')
  const { resourceID = '' } = signIn.config.managedIdentity ?? {}
  const file = access.environment['AZURE_FEDERATED_TOKEN_FILE'] ?? ''
  if (file !== '' && resourceID === '') return workloadToken(signIn, { access, file }, signal)
  return machineToken(signIn, access, signal)
}

const notAllowed =
  'azureDNS names no service principal (clientID, tenantID, clientSecretSecretRef), and this kind of issuer may not use the identity of the operator: set it, or allow that by --issuer-ambient-credentials or --cluster-issuer-ambient-credentials'

async function principalToken({ config, cloud }: AzureSignIn, access: ProviderAccess, signal: AbortSignal): Promise<Redacted<string>> {
  const { clientID: client = '', tenantID: tenant = '', clientSecretSecretRef: { name = '', key = '' } = {} } = config
  const secret = await access.secret({ name, key }, signal)
  // Line breaks at the end come with secrets that were made from files.
  const form = { client_secret: secret.reveal().trim() }
  const asked = `sign in the service principal ${client} with Secret ${access.namespace}/${name}`
  return grantedToken({ tenant, client, form, asked, cloud }, access, signal)
}

/** As the workload of a pod into which the webhook of Azure has put a token and three variables. */
async function workloadToken(
  { config: { managedIdentity = {} }, cloud }: AzureSignIn,
  { access, file }: { readonly access: ProviderAccess; readonly file: string },
  signal: AbortSignal,
): Promise<Redacted<string>> {
  const client = managedIdentity.clientID || access.environment['AZURE_CLIENT_ID'] || ''
  const tenant = managedIdentity.tenantID || access.environment['AZURE_TENANT_ID'] || ''
  if (client === '' || tenant === '') {
    throw unusable(
      'workload identity needs a client and a tenant: annotate the service account of the operator with them, or name them in azureDNS.managedIdentity',
    )
  }
  const form = { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: await mounted(file) }
  return grantedToken({ tenant, client, form, asked: `sign in the workload identity ${client}`, cloud }, access, signal)
}

/** Read each time: it is replaced before it expires. */
async function mounted(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch {
    throw unusable(`the token of the workload identity cannot be read from ${file}`)
  }
}

interface Grant {
  readonly tenant: string
  readonly client: string
  /** What proves that we are this client. */
  readonly form: Readonly<Record<string, string>>
  readonly asked: string
  readonly cloud: AzureCloud
}

/** The grant of client credentials (RFC 6749 section 4.4, RFC 7523 section 2.2). */
async function grantedToken(
  { tenant, client, form, asked, cloud }: Grant,
  { http }: ProviderAccess,
  signal: AbortSignal,
): Promise<Redacted<string>> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: client, scope: `${cloud.api}/.default`, ...form })
  const request = {
    method: 'POST',
    url: `${cloud.authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  } as const
  return tokenIn(await http.send(request, signal), asked)
}

/** As one of the managed identities of the machine that we run on, from its metadata service. */
async function machineToken({ config, cloud }: AzureSignIn, { http }: ProviderAccess, signal: AbortSignal): Promise<Redacted<string>> {
  const { clientID = '', resourceID = '' } = config.managedIdentity ?? {}
  const query = new URLSearchParams({
    'api-version': '2018-02-01',
    resource: `${cloud.api}/`,
    ...(clientID === '' ? {} : { client_id: clientID }),
    ...(resourceID === '' ? {} : { msi_res_id: resourceID }),
  })
  const url = `http://169.254.169.254/metadata/identity/oauth2/token?${query.toString()}`
  return tokenIn(
    await http.send({ method: 'GET', url, headers: { metadata: 'true' } }, signal),
    'sign in a managed identity of this machine',
  )
}

function tokenIn(response: ProviderResponse, asked: string): Redacted<string> {
  if (!isGranted(response)) throw refusalOf(response, { api: 'Azure', asked, reason: oauthReason(response) })
  const token = fieldOf(response.body, 'access_token')
  if (typeof token !== 'string' || token === '') throw senseless('Azure', asked)
  return new Redacted(token)
}

function unusable(message: string, retry: 'backoff' | 'never' = 'backoff'): OperatorError {
  return new OperatorError('dns01/credentials', message, { retry: { kind: retry } })
}
