import { asText, isRecord } from '../../../acme/json.ts'
import type { DigitalOcean } from '../../../crds/dns01-solver.ts'
import { OperatorError } from '../../../lib/operator-error.ts'
import type { OpenDnsProvider, ProviderRequest, ProviderResponse, TxtRecord } from '../dns-provider.ts'
import { isGranted, refusalOf, senseless } from '../provider-refusal.ts'
import { zoneCandidates } from '../zone-candidates.ts'

/** DigitalOcean, whose records are single values, so that nobody's can be overwritten. */
export const openDigitalOcean: OpenDnsProvider<DigitalOcean> = async ({ tokenSecretRef: ref }, access, signal) => {
  const token = await access.secret({ name: ref.name, key: ref.key ?? '' }, signal)
  const headers = { authorization: `Bearer ${token.reveal().trim()}` }
  const api: Api = ({ method, path, body }, stop) =>
    access.http.send({ method, url: `${BASE}${path}`, headers, ...(body === undefined ? {} : { body }) }, stop)
  return {
    publish: async (record, stop) => {
      const { domain, ids } = await whereIs(api, record, stop)
      if (ids.length > 0) return
      const body = { type: 'TXT', name: `${record.name}.`, data: record.value, ttl: TTL }
      const response = await api({ method: 'POST', path: `/domains/${domain}/records`, body }, stop)
      if (!isGranted(response)) throw refusal(response, `create the TXT record ${record.name}`)
    },
    withdraw: async (record, stop) => {
      const { domain, ids } = await whereIs(api, record, stop)
      for (const id of ids) {
        const response = await api({ method: 'DELETE', path: `/domains/${domain}/records/${id}` }, stop)
        if (!isGranted(response) && response.status !== 404) throw refusal(response, `delete the TXT record ${record.name}`)
      }
    },
  }
}

const BASE = 'https://api.digitalocean.com/v2'
const NAME = 'DigitalOcean'
const TTL = 60
const PAGE = 200
/** No name has that many TXT records: more pages are a fault of the server. */
const MOST_PAGES = 20

type Api = (call: Pick<ProviderRequest, 'method' | 'body'> & { readonly path: string }, signal: AbortSignal) => Promise<ProviderResponse>

interface Whereabouts {
  readonly domain: string
  /** Of the records that hold exactly this value. */
  readonly ids: readonly number[]
}

async function whereIs(api: Api, record: TxtRecord, signal: AbortSignal): Promise<Whereabouts> {
  const candidates = zoneCandidates(record)
  for (const domain of candidates) {
    const ids = await recordIds(api, { domain, record }, signal)
    if (ids !== undefined) return { domain, ids }
  }
  const why = `looked for ${candidates.join(', ')}`
  throw new OperatorError('dns01/notFound', `DigitalOcean has no domain for ${record.name} that this token may see: ${why}`)
}

/** undefined: there is no such domain. */
async function recordIds(
  api: Api,
  { domain, record }: { readonly domain: string; readonly record: TxtRecord },
  signal: AbortSignal,
): Promise<readonly number[] | undefined> {
  const asked = `list the TXT records of ${record.name} in the domain ${domain}`
  const ids: number[] = []
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const query = `type=TXT&name=${encodeURIComponent(record.name)}&per_page=${PAGE}&page=${page}`
    const response = await api({ method: 'GET', path: `/domains/${domain}/records?${query}` }, signal)
    if (response.status === 404) return undefined
    if (!isGranted(response)) throw refusal(response, asked)
    const answer = isRecord(response.body) ? response.body : {}
    const records = answer['domain_records']
    if (!Array.isArray(records)) throw senseless(NAME, asked)
    ids.push(
      ...records.filter(isRecord).flatMap(({ id, type, data }) => (isOurs(type, data, record) && typeof id === 'number' ? [id] : [])),
    )
    if (!hasNextPage(answer)) break
  }
  return ids
}

function isOurs(type: unknown, text: unknown, { value }: TxtRecord): boolean {
  return type === 'TXT' && text === value
}

function hasNextPage({ links }: Readonly<Record<string, unknown>>): boolean {
  const pages = isRecord(links) ? links['pages'] : undefined
  return isRecord(pages) && asText(pages['next']) !== undefined
}

function refusal(response: ProviderResponse, asked: string): OperatorError {
  const { id, message } = isRecord(response.body) ? response.body : {}
  return refusalOf(response, { api: NAME, asked, reason: [asText(id) ?? '', asText(message) ?? ''].join(' ') })
}
