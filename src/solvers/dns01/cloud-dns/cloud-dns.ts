import type { CloudDns } from '../../../crds/dns01-solver.ts'
import { OperatorError } from '../../../lib/operator-error.ts'
import type { Redacted } from '../../../lib/redacted.ts'
import { fieldOf, firstSentence } from '../answer-fields.ts'
import type { OpenDnsProvider, ProviderAccess, ProviderRequest, ProviderResponse, TxtRecord } from '../dns-provider.ts'
import { optimistically } from '../optimistically.ts'
import { isGranted, refusalOf, senseless } from '../provider-refusal.ts'
import { googleToken } from './google-token.ts'

/** Google Cloud DNS, by its REST API. */
export const openCloudDns: OpenDnsProvider<CloudDns> = async (config, access, signal) => {
  const project = apiOf(config.project, await googleToken(config, access, signal), access)
  const zoneOf = async (record: TxtRecord, stop: AbortSignal): Promise<string> =>
    config.hostedZoneName === undefined || config.hostedZoneName === '' ? managedZone(project, record, stop) : config.hostedZoneName
  return {
    publish: async (record, stop) => changeValues(project, { record, zone: await zoneOf(record, stop), change: withValue }, stop),
    withdraw: async (record, stop) => changeValues(project, { record, zone: await zoneOf(record, stop), change: withoutValue }, stop),
    isSettled: async (record, stop) => isSent(project, { record, zone: await zoneOf(record, stop) }, stop),
  }
}

const API = 'Cloud DNS'
const TTL = 60

/** The managed zones of one project. `path` begins below them. */
interface Project {
  readonly id: string
  readonly ask: (path: string, query: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<ProviderResponse>
  readonly post: (path: string, body: object, signal: AbortSignal) => Promise<ProviderResponse>
}

function apiOf(id: string, token: Redacted<string>, { http }: ProviderAccess): Project {
  const root = `https://dns.googleapis.com/dns/v1/projects/${encodeURIComponent(id)}/managedZones`
  const send = (request: ProviderRequest, signal: AbortSignal): Promise<ProviderResponse> =>
    http.send({ ...request, headers: { authorization: `Bearer ${token.reveal()}` } }, signal)
  return {
    id,
    ask: (path, query, signal) => send({ method: 'GET', url: `${root}${path}?${new URLSearchParams(query).toString()}` }, signal),
    post: (path, body, signal) => send({ method: 'POST', url: `${root}${path}`, body }, signal),
  }
}

/** The managed zone of just this name: one of another length would not be asked for the record. A private one only if no public one is there. */
async function managedZone(project: Project, { zone }: TxtRecord, signal: AbortSignal): Promise<string> {
  const asked = `list the managed zones of ${zone} in the project ${project.id}`
  const zones = itemsIn(await project.ask('', { dnsName: `${zone}.` }, signal), 'managedZones', asked)
  const chosen = zones.find((one) => fieldOf(one, 'visibility') === 'public') ?? zones[0]
  const name = fieldOf(chosen, 'name')
  if (typeof name === 'string') return name
  throw new OperatorError(
    'dns01/notFound',
    `The Google project ${project.id} has no managed zone for ${zone}; create it there, or name one by hostedZoneName`,
  )
}

interface RecordSet {
  readonly name: string
  readonly type: 'TXT'
  readonly ttl: number
  readonly rrdatas: readonly string[]
}

interface ValuesChange {
  readonly record: TxtRecord
  readonly zone: string
  /** The values as they should be; those given when nothing has to change. */
  readonly change: (values: readonly string[], value: string) => readonly string[]
}

/** A change names the record set as it was read, so that it fails when somebody else has changed it meanwhile. */
async function changeValues(project: Project, { record, zone, change }: ValuesChange, signal: AbortSignal): Promise<void> {
  const path = `/${encodeURIComponent(zone)}/changes`
  await optimistically(`The record set ${record.name} in Cloud DNS`, async () => {
    const before = await recordSet(project, { record, zone }, signal)
    const values = before?.rrdatas ?? []
    const rrdatas = change(values, record.value)
    if (rrdatas === values) return true
    const after: RecordSet = { name: `${record.name}.`, type: 'TXT', ttl: before?.ttl ?? TTL, rrdatas }
    const body = { ...(before === undefined ? {} : { deletions: [before] }), ...(rrdatas.length === 0 ? {} : { additions: [after] }) }
    const response = await project.post(path, body, signal)
    if (isGranted(response)) return true
    if (isConflict(response, before)) return false
    throw refusal(response, `change the record set ${record.name} in the zone ${zone}`)
  })
}

/** A record set that is there already, is another one, or is gone. */
function isConflict({ status }: ProviderResponse, before: RecordSet | undefined): boolean {
  return status === 409 || status === 412 || (status === 404 && before !== undefined)
}

async function recordSet(
  project: Project,
  { record, zone }: Pick<ValuesChange, 'record' | 'zone'>,
  signal: AbortSignal,
): Promise<RecordSet | undefined> {
  const name = `${record.name}.`
  const asked = `read the record set ${record.name} in the zone ${zone}`
  const found = itemsIn(await project.ask(`/${encodeURIComponent(zone)}/rrsets`, { name, type: 'TXT' }, signal), 'rrsets', asked)
  const [set] = found.filter((one) => fieldOf(one, 'name') === name && fieldOf(one, 'type') === 'TXT')
  if (set === undefined) return undefined
  const [ttl, rrdatas] = [fieldOf(set, 'ttl'), fieldOf(set, 'rrdatas')]
  if (typeof ttl !== 'number' || !isTexts(rrdatas)) throw senseless(API, asked)
  return { name, type: 'TXT', ttl, rrdatas }
}

function withValue(values: readonly string[], value: string): readonly string[] {
  return values.some((one) => textOf(one) === value) ? values : [...values, `"${value}"`]
}

function withoutValue(values: readonly string[], value: string): readonly string[] {
  return values.some((one) => textOf(one) === value) ? values.filter((one) => textOf(one) !== value) : values
}

/** As in a zone file: quoted strings, to be read as one; or a bare word (RFC 1035 section 5.1). */
function textOf(rrdata: string): string {
  const strings = [...rrdata.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, string = '']) => string)
  return strings.length === 0 ? rrdata : strings.join('')
}

/** Whether the last change of the value has left for all servers; undefined when it is not among the latest changes. */
async function isSent(
  project: Project,
  { record, zone }: Pick<ValuesChange, 'record' | 'zone'>,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const latest = { sortBy: 'changeSequence', sortOrder: 'descending', maxResults: '50' }
  const asked = `list the changes of the zone ${zone}`
  const changes = itemsIn(await project.ask(`/${encodeURIComponent(zone)}/changes`, latest, signal), 'changes', asked)
  const ours = changes.find((change) => listOf(fieldOf(change, 'additions')).some((addition) => holds(addition, record)))
  return ours === undefined ? undefined : fieldOf(ours, 'status') === 'done'
}

function holds(addition: unknown, { name, value }: TxtRecord): boolean {
  const rrdatas = fieldOf(addition, 'rrdatas')
  return fieldOf(addition, 'name') === `${name}.` && isTexts(rrdatas) && rrdatas.some((one) => textOf(one) === value)
}

/** A list in an answer; one that is empty is left out there. */
function itemsIn(response: ProviderResponse, field: string, asked: string): readonly unknown[] {
  if (!isGranted(response)) throw refusal(response, asked)
  const items = fieldOf(response.body, field)
  if (fieldOf(response.body, 'kind') === undefined || (items !== undefined && !Array.isArray(items))) throw senseless(API, asked)
  return listOf(items)
}

function refusal(response: ProviderResponse, asked: string): OperatorError {
  const message = fieldOf(fieldOf(response.body, 'error'), 'message')
  return refusalOf(response, { api: API, asked, ...(typeof message === 'string' ? { reason: firstSentence(message) } : {}) })
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
