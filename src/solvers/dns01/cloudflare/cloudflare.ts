import { asText, isRecord } from '../../../acme/json.ts'
import type { Cloudflare } from '../../../crds/dns01-solver.ts'
import { OperatorError } from '../../../lib/operator-error.ts'
import type { OpenDnsProvider, ProviderAccess, ProviderHttp, ProviderRequest, ProviderResponse, TxtRecord } from '../dns-provider.ts'
import { isGranted, refusalOf, senseless } from '../provider-refusal.ts'
import { quotedText } from '../quoted-text.ts'
import { zoneCandidates } from '../zone-candidates.ts'

/** Cloudflare, whose records are single values, so that nobody's can be overwritten. */
export const openCloudflare: OpenDnsProvider<Cloudflare> = async (config, access, signal) => {
  const api = cloudflareApi(access.http, await credentials(config, access, signal))
  return {
    publish: async (record, stop) => {
      const zone = await zoneId(api, record, stop)
      if ((await recordIds(api, { zone, record }, stop)).length > 0) return
      const body = { type: 'TXT', name: record.name, content: quotedText(record.value), ttl: TTL }
      const asked = `create the TXT record ${record.name}`
      await api({ method: 'POST', path: `/zones/${zone}/dns_records`, body, asked, isAlreadySo: saysExists }, stop)
    },
    withdraw: async (record, stop) => {
      const zone = await zoneId(api, record, stop)
      for (const id of await recordIds(api, { zone, record }, stop)) {
        const asked = `delete the TXT record ${record.name}`
        await api({ method: 'DELETE', path: `/zones/${zone}/dns_records/${id}`, asked, isAlreadySo: ({ status }) => status === 404 }, stop)
      }
    },
  }
}

const BASE = 'https://api.cloudflare.com/client/v4'
const NAME = 'Cloudflare'
/** Seconds; less is for enterprises only. */
const TTL = 60
const PAGE = 100
/** No name has that many TXT records: more pages are a fault of the server. */
const MOST_PAGES = 20

async function credentials(config: Cloudflare, access: ProviderAccess, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
  const { apiTokenSecretRef: token, apiKeySecretRef: key, email = '' } = config
  const secret = async (ref: { readonly name: string; readonly key?: string }): Promise<string> =>
    (await access.secret({ name: ref.name, key: ref.key ?? '' }, signal)).reveal().trim()
  if (token !== undefined && key === undefined) return { authorization: `Bearer ${await secret(token)}` }
  if (key === undefined || token !== undefined)
    throw new OperatorError('dns01/configuration', 'cloudflare needs exactly one of apiTokenSecretRef and apiKeySecretRef')
  if (email === '') throw new OperatorError('dns01/configuration', 'cloudflare.apiKeySecretRef needs cloudflare.email')
  return { 'x-auth-email': email, 'x-auth-key': await secret(key) }
}

interface Call {
  readonly method: ProviderRequest['method']
  readonly path: string
  readonly body?: unknown
  readonly asked: string
  /** Whether a refusal means that there is nothing left to do. */
  readonly isAlreadySo?: (response: ProviderResponse) => boolean
}

/** The body of the answer. Throws when it is no success. */
type Api = (call: Call, signal: AbortSignal) => Promise<Readonly<Record<string, unknown>>>

function cloudflareApi(http: ProviderHttp, headers: Readonly<Record<string, string>>): Api {
  return async ({ method, path, body, asked, isAlreadySo }, signal) => {
    const response = await http.send({ method, url: `${BASE}${path}`, headers, ...(body === undefined ? {} : { body }) }, signal)
    const answer = isRecord(response.body) ? response.body : undefined
    if (isGranted(response) && answer?.['success'] === true) return answer
    if (isAlreadySo?.(response) === true) return {}
    if (isGranted(response) && answer?.['success'] !== false) throw senseless(NAME, asked)
    throw refusalOf(response, { api: NAME, asked, reason: errorsIn(answer).map(describeError).join('; ') })
  }
}

async function zoneId(api: Api, record: TxtRecord, signal: AbortSignal): Promise<string> {
  const candidates = zoneCandidates(record)
  for (const name of candidates) {
    const asked = `list the zones named ${name}`
    const { result } = await api({ method: 'GET', path: `/zones?name=${encodeURIComponent(name)}`, asked }, signal)
    if (!Array.isArray(result)) throw senseless(NAME, asked)
    const zones = result.filter(isRecord)
    // The same name may wait in other accounts, where it is not active.
    const id = asText((zones.find((zone) => zone['status'] === 'active') ?? zones[0])?.['id'])
    if (id !== undefined) return encodeURIComponent(id)
  }
  const why = `looked for ${candidates.join(', ')}; does the token have the permission Zone:Read for the zone?`
  throw new OperatorError('dns01/notFound', `Cloudflare has no zone for ${record.name} that these credentials may see: ${why}`)
}

/** The IDs of the records that hold exactly this value. */
async function recordIds(
  api: Api,
  { zone, record }: { readonly zone: string; readonly record: TxtRecord },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const asked = `list the TXT records of ${record.name}`
  const ids: string[] = []
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const query = `type=TXT&name=${encodeURIComponent(record.name)}&per_page=${PAGE}&page=${page}`
    const { result, result_info: info } = await api({ method: 'GET', path: `/zones/${zone}/dns_records?${query}`, asked }, signal)
    if (!Array.isArray(result)) throw senseless(NAME, asked)
    ids.push(...result.filter(isRecord).flatMap((one) => (holds(one, record) ? (asText(one['id']) ?? []) : [])))
    const pages = isRecord(info) ? info['total_pages'] : undefined
    if (typeof pages !== 'number' || page >= pages) break
  }
  return ids.map(encodeURIComponent)
}

/** Older records come back without quotes. */
function holds(one: Readonly<Record<string, unknown>>, { name, value }: TxtRecord): boolean {
  return asText(one['name'])?.toLowerCase() === name && (one['content'] === value || one['content'] === quotedText(value))
}

/** Somebody was faster with the same record. */
function saysExists({ body }: ProviderResponse): boolean {
  return errorsIn(isRecord(body) ? body : undefined).some(({ code }) => code === 81_057 || code === 81_058)
}

function errorsIn(answer: Readonly<Record<string, unknown>> | undefined): readonly Readonly<Record<string, unknown>>[] {
  const errors = answer?.['errors']
  return Array.isArray(errors) ? errors.filter(isRecord) : []
}

/** The chain tells which part of a request or a credential was wrong. */
function describeError({ code, message, error_chain: chain }: Readonly<Record<string, unknown>>): string {
  const own = [typeof code === 'number' ? String(code) : '', asText(message) ?? ''].filter((word) => word !== '').join(' ')
  const causes = Array.isArray(chain) ? chain.filter(isRecord).map((cause) => asText(cause['message']) ?? '') : []
  return [own, ...causes].filter((text) => text !== '').join(': ')
}
