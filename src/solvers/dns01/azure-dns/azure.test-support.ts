import { startStandIn } from '../http-stand-in.test-support.ts'
import type { SeenRequest, StandIn, StandInAnswer } from '../http-stand-in.test-support.ts'

/** The Resource Manager, the token endpoint and the metadata service of Azure, as their documentation shows them. */
export interface Azure {
  readonly standIn: StandIn
  /** Without query. Those of public and private zones alike: `dnsZones/example.com/TXT/_acme-challenge`. */
  readonly sets: Map<string, StoredSet>
  /** What happens right before the next write is looked at. */
  before: (() => void) | undefined
  /** Answers the next request whose path contains this. */
  readonly answerOnce: (part: string, answer: StandInAnswer) => void
  /** Each form that the token endpoint was sent. */
  readonly signIns: readonly Readonly<Record<string, string>>[]
}

export interface StoredSet {
  readonly etag: string
  readonly properties: Readonly<Record<string, unknown>>
}

export const tenant = '11111111-2222-3333-4444-555555555555'
const TOKEN = 'eyJ0.the.token'
const zones = ['dnsZones/example.com', 'privateDnsZones/example.com']

export async function startAzure(): Promise<Azure> {
  const sets = new Map<string, StoredSet>()
  const planned: { readonly part: string; readonly answer: StandInAnswer }[] = []
  const signIns: Readonly<Record<string, string>>[] = []
  let writes = 0
  const standIn = await startStandIn((request) => {
    const next = planned.findIndex(({ part }) => request.path.includes(part))
    if (next >= 0) return planned.splice(next, 1)[0]?.answer ?? refused(500, 'InternalServerError', 'It broke.')
    if (request.path.startsWith('/metadata/identity/')) return identityOf(request)
    return request.path.startsWith('/subscriptions/') ? resourceManager(request) : authority(request)
  })
  const azure: Azure = { standIn, sets, before: undefined, signIns, answerOnce: (part, answer) => void planned.push({ part, answer }) }

  function authority({ method, path, body }: SeenRequest): StandInAnswer {
    if (method !== 'POST' || path.split('?')[0] !== `/${tenant}/oauth2/v2.0/token`)
      return { status: 404, body: { error: `nothing at ${path}` } }
    const form = Object.fromEntries(new URLSearchParams(String(body)))
    signIns.push(form)
    const isGood = form['client_secret'] === 'the-secret' || form['client_assertion'] === 'kubernetes-token'
    if (!isGood || form['grant_type'] !== 'client_credentials') return { status: 401, body: invalidClient }
    return { status: 200, body: { token_type: 'Bearer', expires_in: 3_599, ext_expires_in: 3_599, access_token: TOKEN } }
  }

  function resourceManager({ method, path, headers, body }: SeenRequest): StandInAnswer {
    if (headers['authorization'] !== `Bearer ${TOKEN}`) return refused(401, 'InvalidAuthenticationToken', 'The access token is invalid.')
    const url = new URL(path, 'http://stand-in')
    const prefix = '/subscriptions/sub-1/resourceGroups/dns/providers/Microsoft.Network/'
    const key = url.pathname.slice(prefix.length)
    const zone = zones.find((one) => key.startsWith(`${one}/TXT/`))
    const isVersion = url.searchParams.get('api-version') === (key.startsWith('private') ? '2018-09-01' : '2018-05-01')
    if (!url.pathname.startsWith(prefix) || !isVersion) return refused(400, 'InvalidRequest', path)
    if (zone === undefined)
      return refused(404, 'ParentResourceNotFound', `Failed to perform '${method}' on resource: the zone was not found. It has IDs.`)
    const set = sets.get(key)
    if (method === 'GET')
      return set === undefined ? refused(404, 'NotFound', `The resource record '${key}' does not exist.`) : { status: 200, body: set }
    azure.before?.()
    azure.before = undefined
    const now = sets.get(key)
    if (headers['if-none-match'] === '*' && now !== undefined) return refused(412, 'PreconditionFailed', 'The record set exists.')
    if (headers['if-match'] !== undefined && headers['if-match'] !== now?.etag)
      return refused(412, 'PreconditionFailed', 'The condition in the request is not met.')
    if (method === 'DELETE') {
      sets.delete(key)
      return { status: 200 }
    }
    writes += 1
    const written = { ...(body as { readonly properties: Readonly<Record<string, unknown>> }), etag: `etag-${writes}` }
    sets.set(key, written)
    return { status: now === undefined ? 201 : 200, body: written }
  }

  return azure
}

/** IMDS, which any process on the machine may ask that sends this header. */
function identityOf({ headers, path }: SeenRequest): StandInAnswer {
  if (headers['metadata'] !== 'true')
    return { status: 400, body: { error: 'invalid_request', error_description: 'Required metadata header not specified' } }
  if (path.includes('unknown-client')) return { status: 400, body: { error: 'invalid_request', error_description: 'Identity not found' } }
  return { status: 200, body: { access_token: TOKEN, expires_in: '3599', resource: 'https://management.azure.com', token_type: 'Bearer' } }
}

const invalidClient = {
  error: 'invalid_client',
  error_description:
    'AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID. Trace ID: 0 Correlation ID: 0 Timestamp: 2026-01-01',
}

export function refused(status: number, code: string, message: string): StandInAnswer {
  return { status, body: { error: { code, message } } }
}
