import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CloudDns } from '../../../crds/dns01-solver.ts'
import type { DnsProvider } from '../dns-provider.ts'
import { failureOf } from '../failure-of.test-support.ts'
import type { StandInAnswer } from '../http-stand-in.test-support.ts'
import { anAccess } from '../provider-access.test-support.ts'
import { openCloudDns } from './cloud-dns.ts'
import { refused, startGoogle } from './google.test-support.ts'
import type { Google, RecordSet } from './google.test-support.ts'

const newKey = (type: 'rsa' | 'ed25519') =>
  type === 'rsa' ? generateKeyPairSync(type, { modulusLength: 2048 }) : generateKeyPairSync(type)
const pemOf = ({ privateKey }: ReturnType<typeof newKey>): string => String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
const keys = newKey('rsa')
const email = 'dns@dns-project.iam.gserviceaccount.com'
const account = { type: 'service_account', client_email: email, private_key: pemOf(keys), private_key_id: 'k1' }
const name = '_acme-challenge.example.com.'
const record = { name: '_acme-challenge.example.com', zone: 'example.com', value: 'value-1', dnsName: 'example.com' }
const signal = new AbortController().signal
let google: Google

beforeEach(async () => {
  google = await startGoogle({ publicKey: keys.publicKey, email })
})
afterEach(() => google.standIn.close())

function open(config: Partial<CloudDns> = {}, json: unknown = account): Promise<DnsProvider> {
  const secrets = { 'google/key.json': typeof json === 'string' ? json : JSON.stringify(json) }
  const serviceAccountSecretRef = { name: 'google', key: 'key.json' }
  return openCloudDns({ project: 'dns-project', serviceAccountSecretRef, ...config }, anAccess(google.standIn.http, { secrets }), signal)
}

function put(set: Omit<RecordSet, 'name' | 'type'>, zone = 'outside'): void {
  google.zones[zone]?.set(name, { name, type: 'TXT', ...set })
}

const values = (zone = 'outside'): readonly string[] | undefined => google.zones[zone]?.get(name)?.rrdatas

describe('the record set', () => {
  test('is made in the public zone, with a TTL of a minute and the value in quotes', async () => {
    await (await open()).publish(record, signal)
    expect([...(google.zones['outside']?.values() ?? [])]).toEqual([{ name, type: 'TXT', ttl: 60, rrdatas: ['"value-1"'] }])
    expect([...(google.zones['inside'] ?? [])]).toEqual([])
  })

  test('holds the values of a name and its wildcard at once, and keeps what others have put there', async () => {
    put({ ttl: 300, rrdatas: ['"of another"'] })
    const provider = await open()
    await provider.publish(record, signal)
    await provider.publish({ ...record, value: 'value-2' }, signal)
    expect(google.zones['outside']?.get(name)).toMatchObject({ ttl: 300, rrdatas: ['"of another"', '"value-1"', '"value-2"'] })
  })

  test('is not written again when the value is there, however it is quoted', async () => {
    put({ ttl: 60, rrdatas: ['"val" "ue-1"'] })
    await (await open()).publish(record, signal)
    expect(google.standIn.asked().filter((line) => line.startsWith('POST /dns'))).toEqual([])
  })

  test('loses just our value, and goes away with its last one', async () => {
    const provider = await open()
    put({ ttl: 60, rrdatas: ['"value-1"', '"of another"'] })
    await provider.withdraw(record, signal)
    expect(values()).toEqual(['"of another"'])
    put({ ttl: 60, rrdatas: ['value-1'] })
    await provider.withdraw(record, signal)
    expect(values()).toBeUndefined()
    await provider.withdraw(record, signal)
  })

  test.each<[what: string, before: readonly string[], meanwhile: readonly string[] | undefined, after: readonly string[]]>([
    ['was made', [], ['"of another"'], ['"of another"', '"value-1"']],
    ['was changed', ['"a"'], ['"a"', '"b"'], ['"a"', '"b"', '"value-1"']],
    ['was deleted', ['"a"'], undefined, ['"value-1"']],
  ])('that %s by another between our read and our write is read again', async (_what, before, meanwhile, after) => {
    if (before.length > 0) put({ ttl: 60, rrdatas: before })
    google.before = () => (meanwhile === undefined ? google.zones['outside']?.delete(name) : put({ ttl: 60, rrdatas: meanwhile }))
    await (await open()).publish(record, signal)
    expect(values()).toEqual(after)
  })

  test('that never comes to rest is given up for now', async () => {
    for (let times = 0; times < 5; times += 1) google.answerOnce('/changes', refused(412, 'Precondition not met'))
    const error = await failureOf((await open()).publish(record, signal))
    expect(error).toMatchObject({ code: 'dns01/contended', retry: { kind: 'backoff' } })
  })
})

describe('the zone', () => {
  test('is the one that the issuer names, without looking for another', async () => {
    await (await open({ hostedZoneName: 'inside' })).publish(record, signal)
    expect(values('inside')).toEqual(['"value-1"'])
    expect(google.standIn.asked().some((line) => line.includes('dnsName='))).toBe(false)
  })

  test('is a private one when there is no public one', async () => {
    await (await open()).publish({ ...record, name: '_acme-challenge.internal.example', zone: 'internal.example' }, signal)
    expect([...(google.zones['only-inside']?.keys() ?? [])]).toEqual(['_acme-challenge.internal.example.'])
  })

  test('that the project does not have is named', async () => {
    const error = await failureOf((await open()).publish({ ...record, zone: 'example.org' }, signal))
    expect(error.message).toContain('The Google project dns-project has no managed zone for example.org')
  })

  test('that is named and does not exist is told in Google’s words', async () => {
    const error = await failureOf((await open({ hostedZoneName: 'absent' })).publish(record, signal))
    expect(error).toMatchObject({ code: 'dns01/notFound', message: expect.stringContaining("named 'absent' does not exist") })
  })
})

test('a change has settled once Google says that it is done', async () => {
  const provider = await open()
  google.status = 'pending'
  await provider.publish(record, signal)
  expect(await provider.isSettled?.(record, signal)).toBe(false)
  google.status = 'done'
  expect(await provider.isSettled?.(record, signal)).toBe(true)
})

test('of a value that no recent change has brought Google says nothing', async () => {
  google.status = 'pending'
  expect(await (await open()).isSettled?.(record, signal)).toBeUndefined()
})

describe('a refusal', () => {
  test.each<[title: string, part: string, answer: StandInAnswer, expected: object]>([
    [
      '403',
      '/rrsets',
      refused(403, 'Forbidden: needs dns.resourceRecordSets.list. See https://example.com/iam for more.'),
      { code: 'dns01/credentials', message: expect.stringMatching(/HTTP 403.*needs dns\.resourceRecordSets\.list\.$/) },
    ],
    ['401', '/managedZones?', refused(401, 'Request had invalid authentication credentials.'), { code: 'dns01/credentials' }],
    [
      '429',
      '/changes',
      { ...refused(429, 'Quota exceeded'), headers: { 'retry-after': '30' } },
      { code: 'dns01/rateLimited', retry: { kind: 'at', at: expect.any(Number) } },
    ],
    ['503', '/changes', { status: 503, body: '<html>' }, { code: 'dns01/unavailable', retry: { kind: 'backoff' } }],
    ['a page', '/managedZones?', { status: 200, body: '<html>log in here</html>' }, { code: 'dns01/protocol' }],
    ['another list', '/rrsets', { status: 200, body: { kind: 'k', rrsets: 'none' } }, { code: 'dns01/protocol' }],
    [
      'half a record set',
      '/rrsets',
      { status: 200, body: { kind: 'k', rrsets: [{ name, type: 'TXT', ttl: 60 }] } },
      { code: 'dns01/protocol' },
    ],
  ])('with %s is told and tried again, and shows no token', async (_title, part, answer, expected) => {
    google.answerOnce(part, answer)
    const provider = await open()
    const error = await failureOf(provider.publish(record, signal))
    expect(error).toMatchObject(expected)
    expect(inspect(error)).not.toMatch(/ya29|html/)
    await provider.publish(record, signal)
    expect(values()).toEqual(['"value-1"'])
  })
})

describe('the key of the service account', () => {
  test.each<[title: string, json: unknown, told: RegExp]>([
    ['that is no JSON', 'SECRET{', /not the JSON key of a service account/],
    [
      'of another type',
      { ...account, type: 'external_account', credential_source: { executable: { command: 'SECRET' } } },
      /type service_account/,
    ],
    ['of a person', { ...account, type: 'authorized_user', refresh_token: 'SECRET' }, /type service_account/],
    ['without an address', { ...account, client_email: undefined }, /client_email and private_key are both needed/],
    ['that is no PEM', { ...account, private_key: 'SECRET' }, /private_key is no RSA key in PEM/],
    ['of another algorithm', { ...account, private_key: pemOf(newKey('ed25519')) }, /private_key is no RSA key/],
  ])('%s is refused before anybody is asked, and is not shown', async (_title, json, told) => {
    const error = await failureOf(open({}, json))
    expect(error.message).toMatch(told)
    expect(error.message).toContain('Secret shop/google')
    expect(inspect(error)).not.toMatch(/SECRET|PRIVATE KEY/)
    expect(google.standIn.seen).toEqual([])
  })

  test('that Google does not know is told in its words, and asked once', async () => {
    const error = await failureOf(open({}, { ...account, private_key: pemOf(newKey('rsa')) }))
    expect(error.message).toMatch(
      /Google did not sign in the service account of Secret shop\/google.*: HTTP 400.*invalid_grant: Invalid JWT Signature\./,
    )
    expect(inspect(error)).not.toMatch(/eyJ/)
    expect(google.standIn.asked()).toEqual(['POST /token'])
  })

  test('is not sent to the address that the file names', async () => {
    await open({}, { ...account, token_uri: 'https://thief.example/token' })
    expect(google.standIn.asked()).toEqual(['POST /token'])
  })

  test.each<[status: number, code: string]>([
    [429, 'dns01/rateLimited'],
    [503, 'dns01/unavailable'],
  ])('meets an endpoint that answers %i: asked once, and again later', async (status, code) => {
    google.answerOnce('/token', { status, body: 'busy' })
    expect(await failureOf(open())).toMatchObject({ code })
    expect(google.standIn.asked()).toEqual(['POST /token'])
    await open()
  })
})

describe('without a key', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'google-credentials-'))
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true })
  })

  const openAmbient = (isAmbientAllowed = true) =>
    openCloudDns({ project: 'dns-project' }, anAccess(google.standIn.http, { isAmbientAllowed }), signal)

  async function credentials(content: object): Promise<void> {
    const file = join(folder, 'credentials.json')
    await writeFile(file, JSON.stringify(content))
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file)
  }

  test('an issuer that may not use the credentials of the operator is told how to get them', async () => {
    await credentials(account)
    const error = await failureOf(openAmbient(false))
    expect(error).toMatchObject({ retry: { kind: 'never' }, message: expect.stringContaining('--issuer-ambient-credentials') })
    expect(google.standIn.seen).toEqual([])
  })

  test('the file of the environment is used, through our own client', async () => {
    await credentials(account)
    await (await openAmbient()).publish(record, signal)
    expect(values()).toEqual(['"value-1"'])
    expect(google.standIn.asked()[0]).toBe('POST /token')
  })

  test('a token of Kubernetes is exchanged where the environment says so (workload identity federation)', async () => {
    await writeFile(join(folder, 'token'), 'kubernetes-token')
    await credentials({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/cluster',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${google.standIn.url}/v1/token`,
      credential_source: { file: join(folder, 'token') },
    })
    google.answerOnce('/v1/token', { status: 200, body: { access_token: 'ya29.the-token', expires_in: 3_599, token_type: 'Bearer' } })
    await (await openAmbient()).publish(record, signal)
    expect(google.standIn.seen[0]).toMatchObject({ path: '/v1/token', body: expect.stringContaining('subject_token=kubernetes-token') })
    expect(values()).toEqual(['"value-1"'])
  })

  test('the metadata server is asked, as on GKE with workload identity', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '')
    vi.stubEnv('HOME', folder)
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present')
    vi.stubEnv('GCE_METADATA_HOST', new URL(google.standIn.url).host)
    google.answerOnce('/service-accounts/default/token', {
      status: 200,
      headers: { 'metadata-flavor': 'Google' },
      body: { access_token: 'ya29.the-token', expires_in: 3_599, token_type: 'Bearer' },
    })
    await (await openAmbient()).publish(record, signal)
    expect(google.standIn.seen[0]?.headers).toMatchObject({ 'metadata-flavor': 'Google' })
    expect(values()).toEqual(['"value-1"'])
  })

  test('an environment without any is told in one sentence', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(folder, 'absent.json'))
    const error = await failureOf(openAmbient())
    expect(error).toMatchObject({ code: 'dns01/credentials', message: expect.stringContaining('GOOGLE_APPLICATION_CREDENTIALS') })
  })
})
