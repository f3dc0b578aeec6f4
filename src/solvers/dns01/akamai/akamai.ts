import { randomUUID } from 'node:crypto'
import { asText, asTexts, isRecord } from '../../../acme/json.ts'
import type { Akamai } from '../../../crds/dns01-solver.ts'
import { systemClock } from '../../../lib/clock.ts'
import { OperatorError } from '../../../lib/operator-error.ts'
import { Redacted } from '../../../lib/redacted.ts'
import type { OpenDnsProvider, ProviderAccess, ProviderRequest, ProviderResponse, TxtRecord } from '../dns-provider.ts'
import { isGranted, refusalOf, senseless } from '../provider-refusal.ts'
import { quotedText } from '../quoted-text.ts'
import type { EdgeGridCredentials } from './edge-grid.ts'
import { edgeGridAuthorization } from './edge-grid.ts'

/** Akamai Edge DNS. Its record sets are replaced as a whole: read, changed, written. */
export const openAkamai: OpenDnsProvider<Akamai> = async (config, access, signal) => {
  const host = hostOf(config.serviceConsumerDomain)
  const api = edgeDnsApi(host, await credentials(config, access, signal), access)
  return {
    publish: (record, stop) => change(api, record, withValue, stop),
    withdraw: (record, stop) => change(api, record, withoutValue, stop),
  }
}

/** Seconds. */
const TTL = 300

/** A name alone: with a path or a user in front of it, the signature would be sent elsewhere than it reads. */
function hostOf(serviceConsumerDomain: string): string {
  const host = serviceConsumerDomain.trim().toLowerCase()
  if (/^[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)+$/.test(host)) return host
  const wanted = 'a host name like akab-….luna.akamaiapis.net, without https://'
  throw new OperatorError(
    'dns01/configuration',
    `akamai.serviceConsumerDomain ${JSON.stringify(serviceConsumerDomain.slice(0, 100))} is not ${wanted}`,
  )
}

async function credentials(config: Akamai, access: ProviderAccess, signal: AbortSignal): Promise<EdgeGridCredentials> {
  const secret = async ({ name, key = '' }: { readonly name: string; readonly key?: string }): Promise<Redacted<string>> =>
    new Redacted((await access.secret({ name, key }, signal)).reveal().trim())
  return {
    clientToken: await secret(config.clientTokenSecretRef),
    clientSecret: await secret(config.clientSecretSecretRef),
    accessToken: await secret(config.accessTokenSecretRef),
  }
}

interface EdgeDnsApi {
  readonly send: (
    call: { readonly method: ProviderRequest['method']; readonly body?: object },
    record: TxtRecord,
    signal: AbortSignal,
  ) => Promise<ProviderResponse>
  readonly refusal: (response: ProviderResponse, asked: string) => OperatorError
}

function edgeDnsApi(host: string, keys: EdgeGridCredentials, { http }: ProviderAccess): EdgeDnsApi {
  return {
    send: ({ method, body }, { zone, name }, signal) => {
      const url = new URL(`https://${host}/config-dns/v2/zones/${encodeURIComponent(zone)}/names/${encodeURIComponent(name)}/types/TXT`)
      const text = body === undefined ? {} : { body: JSON.stringify(body) }
      const authorization = edgeGridAuthorization({ method, url, ...text }, keys, { now: systemClock.now(), nonce: randomUUID() })
      const headers = { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
      return http.send({ method, url: url.href, headers, ...text }, signal)
    },
    // The user names the host: what another server than one of Akamai says is not for the user's eyes.
    refusal: (response, asked) =>
      refusalOf(response, { api: 'Akamai', asked, ...(host.endsWith('.akamaiapis.net') ? { reason: problemIn(response) } : {}) }),
  }
}

type Change = (values: readonly string[], quoted: string) => readonly string[]

const withValue: Change = (values, quoted) => (values.includes(quoted) ? values : [...values, quoted])
const withoutValue: Change = (values, quoted) => (values.includes(quoted) ? values.filter((value) => value !== quoted) : values)

async function change(api: EdgeDnsApi, record: TxtRecord, to: Change, signal: AbortSignal): Promise<void> {
  const before = await valuesOf(api, record, signal)
  const values = to(before, quotedText(record.value))
  if (values === before) return
  const method = before.length === 0 ? 'POST' : values.length === 0 ? 'DELETE' : 'PUT'
  const body = values.length === 0 ? {} : { body: { name: record.name, type: 'TXT', ttl: TTL, rdata: values } }
  const response = await api.send({ method, ...body }, record, signal)
  if (!isGranted(response)) throw api.refusal(response, `change the TXT record set ${record.name} in the zone ${record.zone}`)
}

/** Of the record set, in quotes; none where there is no record set. Should the zone be missing too, the write says so. */
async function valuesOf(api: EdgeDnsApi, record: TxtRecord, signal: AbortSignal): Promise<readonly string[]> {
  const asked = `read the TXT record set ${record.name} in the zone ${record.zone}`
  const response = await api.send({ method: 'GET' }, record, signal)
  if (response.status === 404) return []
  if (!isGranted(response)) throw api.refusal(response, asked)
  const values = asTexts(isRecord(response.body) ? response.body['rdata'] : undefined)
  if (values === undefined || values.length === 0) throw senseless('Akamai', asked)
  return values.map((value) => (value.startsWith('"') ? value : quotedText(value)))
}

/** A problem document (RFC 9457). */
function problemIn({ body }: ProviderResponse): string {
  const { title, detail } = isRecord(body) ? body : {}
  return [asText(title) ?? '', asText(detail) ?? ''].filter((text) => text !== '').join(': ')
}
