import type { AzureDns } from '../../../crds/dns01-solver.ts'
import { OperatorError } from '../../../lib/operator-error.ts'
import type { Redacted } from '../../../lib/redacted.ts'
import { fieldOf, firstSentence } from '../answer-fields.ts'
import type { OpenDnsProvider, ProviderAccess, ProviderRequest, ProviderResponse, TxtRecord } from '../dns-provider.ts'
import { optimistically } from '../optimistically.ts'
import { isGranted, refusalOf, senseless } from '../provider-refusal.ts'
import { azureCloud } from './azure-cloud.ts'
import { azureToken } from './azure-token.ts'

/** Azure DNS and Azure Private DNS, by the REST API of the Resource Manager. */
export const openAzureDns: OpenDnsProvider<AzureDns> = async (config, access, signal) => {
  const cloud = azureCloud(config)
  const recordSets = apiOf(config, cloud.api, { token: await azureToken({ config, cloud }, access, signal), access })
  return {
    publish: (record, stop) => changeValues(recordSets, record, withValue, stop),
    withdraw: (record, stop) => changeValues(recordSets, record, withoutValue, stop),
  }
}

const API = 'Azure DNS'
const TTL = 60

/** The record sets of one resource group. Both kinds of zones have the same, under names of their own. */
interface RecordSets {
  readonly words: { readonly ttl: string; readonly records: string }
  readonly send: (
    request: Pick<ProviderRequest, 'method' | 'body' | 'headers'>,
    record: TxtRecord,
    signal: AbortSignal,
  ) => Promise<ProviderResponse>
}

const zoneTypes = {
  AzurePublicZone: { path: 'dnsZones', version: '2018-05-01', words: { ttl: 'TTL', records: 'TXTRecords' } },
  AzurePrivateZone: { path: 'privateDnsZones', version: '2018-09-01', words: { ttl: 'ttl', records: 'txtRecords' } },
} as const

function apiOf(
  config: AzureDns,
  api: string,
  { token, access }: { readonly token: Redacted<string>; readonly access: ProviderAccess },
): RecordSets {
  const { path, version, words } = zoneTypes[config.zoneType ?? 'AzurePublicZone']
  const group = `${api}/subscriptions/${encodeURIComponent(config.subscriptionID)}/resourceGroups/${encodeURIComponent(config.resourceGroupName)}`
  const root = `${group}/providers/Microsoft.Network/${path}`
  return {
    words,
    send: ({ headers, ...request }, record, signal) => {
      const { zone, name } = placeOf(record, config.hostedZoneName)
      const url = `${root}/${encodeURIComponent(zone)}/TXT/${encodeURIComponent(name)}?api-version=${version}`
      return access.http.send({ ...request, url, headers: { ...headers, authorization: `Bearer ${token.reveal()}` } }, signal)
    },
  }
}

/** Names are relative to their zone; the zone itself is `@`. */
function placeOf(record: TxtRecord, hostedZoneName = ''): { readonly zone: string; readonly name: string } {
  const zone = hostedZoneName === '' ? record.zone : hostedZoneName.toLowerCase().replace(/\.$/, '')
  if (record.name === zone) return { zone, name: '@' }
  if (record.name.endsWith(`.${zone}`)) return { zone, name: record.name.slice(0, -zone.length - 1) }
  throw new OperatorError('dns01/configuration', `${record.name} is not in the zone ${zone} that azureDNS.hostedZoneName names`, {
    retry: { kind: 'never' },
  })
}

/** Each value is a list of strings, to be read as one. */
type Value = readonly string[]
type Change = (values: readonly Value[], value: string) => readonly Value[]

const withValue: Change = (values, value) => (values.some((one) => one.join('') === value) ? values : [...values, [value]])
const withoutValue: Change = (values, value) =>
  values.some((one) => one.join('') === value) ? values.filter((one) => one.join('') !== value) : values

/** Writes on the condition that the record set is as it was read, and none when there was none. */
async function changeValues(recordSets: RecordSets, record: TxtRecord, change: Change, signal: AbortSignal): Promise<void> {
  await optimistically(`The record set ${record.name} in Azure DNS`, async () => {
    const before = await recordSet(recordSets, record, signal)
    const values = change(before.values, record.value)
    if (values === before.values) return true
    const condition = before.etag === undefined ? { 'if-none-match': '*' } : { 'if-match': before.etag }
    const request =
      values.length === 0
        ? ({ method: 'DELETE', headers: condition } as const)
        : ({ method: 'PUT', headers: condition, body: bodyOf(recordSets, before, values) } as const)
    const response = await recordSets.send(request, record, signal)
    if (isGranted(response)) return true
    if (response.status === 409 || response.status === 412) return false
    throw refusal(response, `change the record set ${record.name} in the zone ${record.zone}`)
  })
}

interface RecordSet {
  /** undefined: there is none. */
  readonly etag: string | undefined
  readonly ttl: number
  readonly metadata: unknown
  readonly values: readonly Value[]
}

async function recordSet({ send, words }: RecordSets, record: TxtRecord, signal: AbortSignal): Promise<RecordSet> {
  const asked = `read the record set ${record.name} in the zone ${record.zone}`
  const response = await send({ method: 'GET' }, record, signal)
  // Should the zone be missing too, the write says so.
  if (response.status === 404) return { etag: undefined, ttl: TTL, metadata: undefined, values: [] }
  if (!isGranted(response)) throw refusal(response, asked)
  const [etag, properties] = [fieldOf(response.body, 'etag'), fieldOf(response.body, 'properties')]
  const [ttl, values] = [fieldOf(properties, words.ttl), valuesIn(fieldOf(properties, words.records))]
  if (typeof etag !== 'string' || typeof ttl !== 'number' || values === undefined) throw senseless(API, asked)
  return { etag, ttl, metadata: fieldOf(properties, 'metadata'), values }
}

function valuesIn(records: unknown): readonly Value[] | undefined {
  if (!Array.isArray(records)) return undefined
  const values = records.map((one) => fieldOf(one, 'value'))
  return values.every(isTexts) ? values : undefined
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

/** A record set is replaced as a whole, so that what others have set in it goes along. */
function bodyOf({ words }: RecordSets, { ttl, metadata }: RecordSet, values: readonly Value[]): object {
  const records = values.map((value) => ({ value }))
  return { properties: { [words.ttl]: ttl, [words.records]: records, ...(metadata === undefined ? {} : { metadata }) } }
}

/** Azure's messages are pages of IDs and advice; the code and the first sentence tell it. */
function refusal(response: ProviderResponse, asked: string): OperatorError {
  const error = fieldOf(response.body, 'error') ?? response.body
  const words = [fieldOf(error, 'code'), fieldOf(error, 'message')].filter((word) => typeof word === 'string').map(firstSentence)
  return refusalOf(response, { api: API, asked, reason: words.join(': ') })
}
