import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AzureDns } from '../../../crds/dns01-solver.ts'
import type { DnsProvider, ProviderHttp } from '../dns-provider.ts'
import { failureOf } from '../failure-of.test-support.ts'
import type { StandInAnswer } from '../http-stand-in.test-support.ts'
import { anAccess } from '../provider-access.test-support.ts'
import type { AccessParts } from '../provider-access.test-support.ts'
import { openAzureDns } from './azure-dns.ts'
import { refused, startAzure, tenant } from './azure.test-support.ts'
import type { Azure } from './azure.test-support.ts'

const zone = { subscriptionID: 'sub-1', resourceGroupName: 'dns' }
const principal = { clientID: 'client-1', tenantID: tenant, clientSecretSecretRef: { name: 'azure', key: 'secret' } }
const key = 'dnsZones/example.com/TXT/_acme-challenge'
const record = { name: '_acme-challenge.example.com', zone: 'example.com', value: 'value-1', dnsName: 'example.com' }
const signal = new AbortController().signal
let azure: Azure

beforeEach(async () => {
  azure = await startAzure()
})
afterEach(() => azure.standIn.close())

function open(config: Partial<AzureDns> = {}, secret = 'the-secret\n', http: ProviderHttp = azure.standIn.http): Promise<DnsProvider> {
  return openAzureDns({ ...zone, ...principal, ...config }, anAccess(http, { secrets: { 'azure/secret': secret } }), signal)
}

function put(properties: Readonly<Record<string, unknown>>, etag = 'etag-before', at = key): void {
  azure.sets.set(at, { etag, properties })
}

const texts = (...values: readonly string[]) => values.map((value) => ({ value: [value] }))
const writes = () => azure.standIn.seen.filter(({ method, path }) => method !== 'GET' && path.startsWith('/subscriptions'))

describe('the record set', () => {
  test('is made with a TTL of a minute, on the condition that there is none', async () => {
    await (await open()).publish(record, signal)
    expect(azure.sets.get(key)?.properties).toEqual({ TTL: 60, TXTRecords: texts('value-1') })
    expect(writes().map(({ method, headers }) => [method, headers['if-none-match'], headers['if-match']])).toEqual([
      ['PUT', '*', undefined],
    ])
  })

  test('holds the values of a name and its wildcard at once, and keeps what others have set in it', async () => {
    put({ TTL: 300, TXTRecords: texts('of another'), metadata: { team: 'web' }, fqdn: 'x.', provisioningState: 'Succeeded' })
    const provider = await open()
    await provider.publish(record, signal)
    await provider.publish({ ...record, value: 'value-2' }, signal)
    const properties = { TTL: 300, TXTRecords: texts('of another', 'value-1', 'value-2'), metadata: { team: 'web' } }
    expect(azure.sets.get(key)?.properties).toEqual(properties)
    expect(writes()[0]?.headers['if-match']).toBe('etag-before')
  })

  test('is not written again when the value is there, in one string or several', async () => {
    put({ TTL: 60, TXTRecords: [{ value: ['val', 'ue-1'] }] })
    await (await open()).publish(record, signal)
    expect(writes()).toEqual([])
  })

  test('loses just our value, and goes away with its last one', async () => {
    const provider = await open()
    put({ TTL: 60, TXTRecords: texts('value-1', 'of another') })
    await provider.withdraw(record, signal)
    expect(azure.sets.get(key)?.properties['TXTRecords']).toEqual(texts('of another'))
    put({ TTL: 60, TXTRecords: texts('value-1') })
    await provider.withdraw(record, signal)
    expect(azure.sets.get(key)).toBeUndefined()
    expect(writes().at(-1)?.headers['if-match']).toBe('etag-before')
    await provider.withdraw(record, signal)
    expect(writes()).toHaveLength(2)
  })

  test.each<[what: string, before: readonly string[], meanwhile: readonly string[] | undefined, after: readonly string[]]>([
    ['was made', [], ['of another'], ['of another', 'value-1']],
    ['was changed', ['a'], ['a', 'b'], ['a', 'b', 'value-1']],
    ['was deleted', ['a'], undefined, ['value-1']],
  ])('that %s by another between our read and our write is read again', async (_what, before, meanwhile, after) => {
    if (before.length > 0) put({ TTL: 60, TXTRecords: texts(...before) })
    azure.before = () => (meanwhile === undefined ? azure.sets.delete(key) : put({ TTL: 60, TXTRecords: texts(...meanwhile) }, 'etag-new'))
    await (await open()).publish(record, signal)
    expect(azure.sets.get(key)?.properties['TXTRecords']).toEqual(texts(...after))
  })

  test('in a private zone is written in the words of its API', async () => {
    await (await open({ zoneType: 'AzurePrivateZone' })).publish(record, signal)
    expect(azure.sets.get('privateDnsZones/example.com/TXT/_acme-challenge')?.properties).toEqual({ ttl: 60, txtRecords: texts('value-1') })
  })
})

describe('the zone', () => {
  test.each<[title: string, hostedZoneName: string, name: string, at: string]>([
    ['that the issuer names is used', 'Example.com.', '_acme-challenge.www.example.com', 'dnsZones/example.com/TXT/_acme-challenge.www'],
    ['itself can be the name', 'example.com', 'example.com', 'dnsZones/example.com/TXT/@'],
  ])('%s', async (_title, hostedZoneName, name, at) => {
    await (await open({ hostedZoneName })).publish({ ...record, name, zone: 'www.example.com' }, signal)
    expect([...azure.sets.keys()].map((path) => decodeURIComponent(path))).toEqual([at])
  })

  test('that does not hold the name is refused before anything is written', async () => {
    const error = await failureOf((await open({ hostedZoneName: 'ample.com' })).publish(record, signal))
    expect(error).toMatchObject({ retry: { kind: 'never' }, message: expect.stringContaining('is not in the zone ample.com') })
  })

  test('that the resource group does not have is told in the first of Azure’s sentences', async () => {
    const error = await failureOf((await open()).publish({ ...record, name: '_acme-challenge.example.org', zone: 'example.org' }, signal))
    expect(error.message).toMatch(/example\.org: HTTP 404.*ParentResourceNotFound: Failed .* the zone was not found\.$/)
  })
})

test.each<[environment: NonNullable<AzureDns['environment']>, hosts: readonly string[]]>([
  ['AzurePublicCloud', ['login.microsoftonline.com', 'management.azure.com']],
  ['AzureChinaCloud', ['login.partner.microsoftonline.cn', 'management.chinacloudapi.cn']],
  ['AzureUSGovernmentCloud', ['login.microsoftonline.us', 'management.usgovcloudapi.net']],
])('%s is asked at its own hosts, and nobody else is', async (environment, hosts) => {
  const asked = new Set<string>()
  const http: ProviderHttp = {
    send: (request, stop) => {
      asked.add(new URL(request.url).host)
      return azure.standIn.http.send(request, stop)
    },
  }
  await (await open({ environment }, 'the-secret', http)).publish(record, signal)
  expect([...asked].sort()).toEqual(hosts)
  expect(azure.signIns[0]).toMatchObject({ scope: expect.stringContaining(`https://${hosts[1]}/.default`) })
})

test('the German Azure is no more, and no secret goes where it was', async () => {
  const error = await failureOf(open({ environment: 'AzureGermanCloud' }))
  expect(error).toMatchObject({ retry: { kind: 'never' }, message: expect.stringContaining('closed AzureGermanCloud') })
  expect(azure.standIn.seen).toEqual([])
})

describe('a refusal', () => {
  const noRole =
    "The client 'x' does not have authorization to perform action 'Microsoft.Network/dnsZones/TXT/read' over scope '/s'. If access was recently granted, please refresh your credentials."

  test.each<[title: string, answer: StandInAnswer, expected: object]>([
    [
      '403',
      refused(403, 'AuthorizationFailed', noRole),
      { code: 'dns01/credentials', message: expect.stringMatching(/HTTP 403.*AuthorizationFailed: .*over scope '\/s'\.$/) },
    ],
    ['401', refused(401, 'ExpiredAuthenticationToken', 'It expired.'), { code: 'dns01/credentials' }],
    [
      '429',
      { ...refused(429, 'TooManyRequests', 'Slow down.'), headers: { 'retry-after': '17' } },
      { code: 'dns01/rateLimited', retry: { kind: 'at', at: expect.any(Number) } },
    ],
    ['503', { status: 503, body: '<html>' }, { code: 'dns01/unavailable', retry: { kind: 'backoff' } }],
    ['a page', { status: 200, body: '<html>log in here</html>' }, { code: 'dns01/protocol' }],
    [
      'half a record set',
      { status: 200, body: { etag: 'e', properties: { TTL: 60, TXTRecords: [{ value: 'no list' }] } } },
      { code: 'dns01/protocol' },
    ],
  ])('with %s is told and tried again, and shows no token', async (_title, answer, expected) => {
    azure.answerOnce('/TXT/', answer)
    const provider = await open()
    const error = await failureOf(provider.publish(record, signal))
    expect(error).toMatchObject(expected)
    expect(inspect(error)).not.toMatch(/eyJ|the-secret|html/)
    await provider.publish(record, signal)
    expect(azure.sets.get(key)?.properties['TXTRecords']).toEqual(texts('value-1'))
  })

  test('a record set that never comes to rest is given up for now', async () => {
    for (let times = 0; times < 10; times += 1)
      azure.answerOnce('/TXT/', times % 2 === 0 ? refused(404, 'NotFound', 'No.') : refused(412, 'PreconditionFailed', 'No.'))
    expect(await failureOf((await open()).publish(record, signal))).toMatchObject({ code: 'dns01/contended' })
  })
})

describe('the service principal', () => {
  test('signs in with its secret, without the line break at its end', async () => {
    await open()
    expect(azure.signIns).toEqual([
      expect.objectContaining({ client_id: 'client-1', client_secret: 'the-secret', grant_type: 'client_credentials' }),
    ])
  })

  test('with a wrong secret is told in the first of Azure’s sentences, asked once, and shows no secret', async () => {
    const error = await failureOf(open({}, 'wrong-secret'))
    expect(error).toMatchObject({ code: 'dns01/credentials', retry: { kind: 'backoff' } })
    expect(error.message).toMatch(
      /service principal client-1 with Secret shop\/azure: HTTP 401.*AADSTS7000215: Invalid client secret provided\.$/,
    )
    expect(inspect(error)).not.toContain('wrong-secret')
    expect(azure.signIns).toHaveLength(1)
  })

  test.each<[status: number, code: string]>([
    [429, 'dns01/rateLimited'],
    [503, 'dns01/unavailable'],
  ])('meets an endpoint that answers %i: asked once, and again later', async (status, code) => {
    azure.answerOnce('/oauth2/v2.0/token', { status, body: 'busy' })
    expect(await failureOf(open())).toMatchObject({ code })
    expect(azure.standIn.seen.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  test('whose Secret is missing is told by its name', async () => {
    const error = await failureOf(open({ clientSecretSecretRef: { name: 'absent', key: 'secret' } }))
    expect(error.message).toContain('shop/absent')
  })
})

describe('without a service principal', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'azure-identity-'))
  })
  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  const openAmbient = (managedIdentity?: AzureDns['managedIdentity'], parts: Partial<AccessParts> = {}) => {
    const config = managedIdentity === undefined ? zone : { ...zone, managedIdentity }
    return openAzureDns(config, anAccess(azure.standIn.http, { isAmbientAllowed: true, ...parts }), signal)
  }

  /** What the webhook of Azure puts into a pod. */
  async function workloadIdentity(token = 'kubernetes-token') {
    const file = join(folder, 'token')
    await writeFile(file, `${token}\n`)
    return { environment: { AZURE_FEDERATED_TOKEN_FILE: file, AZURE_CLIENT_ID: 'client-of-the-pod', AZURE_TENANT_ID: tenant } }
  }

  test('an issuer that may not use the identity of the operator is told how to get it', async () => {
    const error = await failureOf(openAmbient(undefined, { isAmbientAllowed: false }))
    expect(error).toMatchObject({ retry: { kind: 'never' }, message: expect.stringContaining('--issuer-ambient-credentials') })
    expect(azure.standIn.seen).toEqual([])
  })

  test.each<[title: string, managedIdentity: AzureDns['managedIdentity'], client: string]>([
    ['the workload identity of the pod is used', undefined, 'client-of-the-pod'],
    ['or the one that the issuer names', { clientID: 'client-2', tenantID: tenant }, 'client-2'],
  ])('%s', async (_title, managedIdentity, client) => {
    await (await openAmbient(managedIdentity, await workloadIdentity())).publish(record, signal)
    expect(azure.signIns[0]).toMatchObject({ client_id: client, client_assertion: 'kubernetes-token' })
    expect(azure.sets.has(key)).toBe(true)
  })

  test('a workload identity whose token Azure does not trust is told in its words, and the token is not shown', async () => {
    const error = await failureOf(openAmbient(undefined, await workloadIdentity('stolen-token')))
    expect(error.message).toMatch(/workload identity client-of-the-pod: HTTP 401.*AADSTS7000215/)
    expect(inspect(error)).not.toContain('stolen-token')
  })

  test('a workload identity of which only the token is there says what else it needs', async () => {
    const { AZURE_FEDERATED_TOKEN_FILE } = (await workloadIdentity()).environment
    const error = await failureOf(openAmbient(undefined, { environment: { AZURE_FEDERATED_TOKEN_FILE } }))
    expect(error.message).toContain('needs a client and a tenant')
  })

  test('a token that is not where the environment says is told with its file', async () => {
    const { environment } = await workloadIdentity()
    const error = await failureOf(openAmbient(undefined, { environment: { ...environment, AZURE_FEDERATED_TOKEN_FILE: '/absent/token' } }))
    expect(error.message).toContain('/absent/token')
  })

  test.each<[title: string, managedIdentity: AzureDns['managedIdentity'], query: string]>([
    ['the only identity of the machine', undefined, 'resource='],
    ['the one with this client ID', { clientID: 'client-3' }, 'client_id=client-3'],
    ['the one with this resource ID', { resourceID: '/subscriptions/s/identity' }, 'msi_res_id='],
  ])('where no workload identity is, %s is used', async (_title, managedIdentity, query) => {
    await (await openAmbient(managedIdentity)).publish(record, signal)
    expect(azure.standIn.asked()[0]).toMatch(/^GET \/metadata\/identity\/oauth2\/token\?/)
    expect(azure.standIn.asked()[0]).toContain(query)
    expect(azure.sets.has(key)).toBe(true)
  })

  test('an identity that the machine does not have is told in Azure’s words, and asked for once', async () => {
    const error = await failureOf(openAmbient({ clientID: 'unknown-client' }))
    expect(error.message).toMatch(/a managed identity of this machine: HTTP 400.*Identity not found/)
    expect(azure.standIn.seen).toHaveLength(1)
  })
})
