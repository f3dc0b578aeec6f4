import { verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { startStandIn } from '../http-stand-in.test-support.ts'
import type { SeenRequest, StandIn, StandInAnswer } from '../http-stand-in.test-support.ts'

/** Cloud DNS and the token endpoint of Google, as their documentation shows them, with the zones of the project `dns-project`. */
export interface Google {
  readonly standIn: StandIn
  /** The TXT record sets of each managed zone, by absolute name. */
  readonly zones: Readonly<Record<string, Map<string, RecordSet>>>
  /** The status of every change from now on. */
  status: 'pending' | 'done'
  /** What happens right before the next change is looked at. */
  before: (() => void) | undefined
  /** Answers the next request whose path contains this. */
  readonly answerOnce: (part: string, answer: StandInAnswer) => void
}

export interface RecordSet {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly rrdatas: readonly string[]
}

export interface GoogleParts {
  /** That of the one service account. */
  readonly publicKey: KeyObject
  readonly email: string
}

const TOKEN = 'ya29.the-token'
const managedZones = [
  { name: 'inside', dnsName: 'example.com.', visibility: 'private' },
  { name: 'outside', dnsName: 'example.com.', visibility: 'public' },
  { name: 'only-inside', dnsName: 'internal.example.', visibility: 'private' },
]

export async function startGoogle(account: GoogleParts): Promise<Google> {
  const zones = Object.fromEntries(managedZones.map(({ name }) => [name, new Map<string, RecordSet>()]))
  const changes: { additions: readonly RecordSet[]; id: string }[] = []
  const planned: { readonly part: string; readonly answer: StandInAnswer }[] = []
  const standIn = await startStandIn((request) => {
    const next = planned.findIndex(({ part }) => request.path.includes(part))
    if (next >= 0) return planned.splice(next, 1)[0]?.answer ?? refused(500, 'backendError')
    return request.path === '/token' ? tokenFor(account, request) : dns(request)
  })
  const google: Google = {
    standIn,
    zones,
    status: 'done',
    before: undefined,
    answerOnce: (part, answer) => void planned.push({ part, answer }),
  }

  function dns({ method, path, headers, body }: SeenRequest): StandInAnswer {
    if (headers['authorization'] !== `Bearer ${TOKEN}`) return refused(401, 'Request had invalid authentication credentials.')
    const url = new URL(path, 'http://stand-in')
    const [, zone = '', part = ''] = /^\/dns\/v1\/projects\/dns-project\/managedZones(?:\/([^/]+)\/(\w+))?$/.exec(url.pathname) ?? []
    const query = url.searchParams
    if (zone === '') {
      const found = managedZones.filter(({ dnsName }) => dnsName === query.get('dnsName'))
      return listed('dns#managedZonesListResponse', 'managedZones', found)
    }
    const sets = zones[zone]
    if (sets === undefined) return refused(404, `The 'parameters.managedZone' resource named '${zone}' does not exist.`)
    if (part === 'rrsets')
      return listed(
        'dns#resourceRecordSetsListResponse',
        'rrsets',
        [sets.get(query.get('name') ?? '')].filter((set) => set !== undefined),
      )
    if (method === 'GET') {
      const latest = [...changes].reverse().map((change) => ({ ...change, kind: 'dns#change', status: google.status }))
      return listed('dns#changesListResponse', 'changes', latest)
    }
    google.before?.()
    google.before = undefined
    const { additions = [], deletions = [] } = body as { additions?: readonly RecordSet[]; deletions?: readonly RecordSet[] }
    for (const set of deletions)
      if (!isDeepStrictEqual(sets.get(set.name), set)) return refused(412, "Precondition not met for 'entity.change.deletions[0]'")
    for (const set of deletions) sets.delete(set.name)
    for (const set of additions) if (sets.has(set.name)) return refused(409, "The resource 'entity.change.additions[0]' already exists")
    for (const set of additions) sets.set(set.name, set)
    changes.push({ additions, id: String(changes.length) })
    return { status: 200, body: { kind: 'dns#change', status: google.status, id: String(changes.length), additions, deletions } }
  }

  return google
}

/** As the real one, with empty lists left out. */
function listed(kind: string, field: string, items: readonly unknown[]): StandInAnswer {
  return { status: 200, body: { kind, ...(items.length === 0 ? {} : { [field]: items }) } }
}

export function refused(code: number, message: string): StandInAnswer {
  return { status: code, body: { error: { code, message, errors: [{ message, domain: 'global' }] } } }
}

/** The grant of RFC 7523, with its signature verified. */
function tokenFor({ publicKey, email }: GoogleParts, { headers, body }: SeenRequest): StandInAnswer {
  const form = new URLSearchParams(String(body))
  const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.')
  const { iss, aud, scope, iat, exp } = decoded(claims)
  const isSigned = verify('sha256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))
  const isForm = String(headers['content-type']).startsWith('application/x-www-form-urlencoded')
  if (!isForm || form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer')
    return { status: 400, body: { error: 'unsupported_grant_type' } }
  if (!isSigned || decoded(header)['alg'] !== 'RS256')
    return { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } }
  if (iss !== email) return { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid grant: account not found' } }
  const isFor = aud === 'https://oauth2.googleapis.com/token' && scope === 'https://www.googleapis.com/auth/ndev.clouddns.readwrite'
  if (!isFor || Number(exp) - Number(iat) > 3_600) return { status: 400, body: { error: 'invalid_scope' } }
  return { status: 200, body: { access_token: TOKEN, expires_in: 3_599, token_type: 'Bearer' } }
}

function decoded(part: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>
}
