import { CreateHostedZoneCommand, ListResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Route53 } from '../../src/crds/dns01-solver.ts'
import type { DnsProvider, ProviderHttp, ProviderRequest, TxtRecord } from '../../src/solvers/dns01/dns-provider.ts'
import { anAccess } from '../../src/solvers/dns01/provider-access.test-support.ts'
import { createProviderHttp } from '../../src/solvers/dns01/provider-http.ts'
import { route53With } from '../../src/solvers/dns01/route53/route53.ts'
import { claimLoopbackAddress } from '../testbed/addresses.ts'
import type { ClaimedAddress } from '../testbed/addresses.ts'
import { startAws } from '../testbed/aws.ts'
import type { Aws } from '../testbed/aws.ts'

// Against AWS as moto imitates it.
const { signal } = new AbortController()
const secrets = { 'aws/id': ' AKIAFROMSECRET\n', 'aws/key': 'secret-access-key\n' }
const withKey = { accessKeyID: 'AKIALITERAL', secretAccessKeySecretRef: { name: 'aws', key: 'key' } } satisfies Route53
const role = 'arn:aws:iam::123456789012:role/dns'

let folder: string
let claimed: ClaimedAddress
let aws: Aws
let onlooker: Route53Client
let zoneId: string
const client = createProviderHttp({ userAgent: 'certwright-test' })
const sent: ProviderRequest[] = []
const http: ProviderHttp = {
  send: (request, stop) => {
    sent.push(request)
    return client.send(request, stop)
  },
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), `certwright-testbed-${process.pid}-`))
  claimed = await claimLoopbackAddress()
  aws = await startAws(claimed, folder)
  const credentials = { accessKeyId: 'AKIAONLOOKER', secretAccessKey: 'x' }
  onlooker = new Route53Client({ endpoint: aws.endpoint, region: 'us-east-1', credentials })
  zoneId = await createZone('example.com')
})

afterAll(async () => {
  onlooker.destroy()
  await client.close()
  await aws.daemon.stop()
  claimed.release()
  await rm(folder, { recursive: true, force: true })
})

afterEach(() => {
  sent.length = 0
  vi.unstubAllEnvs()
})

test('two values of one name stand beside each other, and each is withdrawn alone', async () => {
  const [apex, wildcard] = [aRecord({ value: 'value-of-apex' }), aRecord({ value: 'value-of-wildcard' })]
  const provider = await opened(withKey)
  await Promise.all([provider.publish(apex, signal), provider.publish(wildcard, signal)])
  expect(await valuesAt(apex.name)).toEqual(['"value-of-apex"', '"value-of-wildcard"'])

  await provider.withdraw(apex, signal)
  expect(await valuesAt(apex.name)).toEqual(['"value-of-wildcard"'])
  await provider.withdraw(wildcard, signal)
  expect(await valuesAt(apex.name)).toEqual([])
})

test('both calls may be repeated', async () => {
  const record = aRecord({ name: '_acme-challenge.twice.example.com' })
  const provider = await opened(withKey)
  await provider.publish(record, signal)
  await provider.publish(record, signal)
  expect(await valuesAt(record.name)).toEqual(['"a-value"'])
  await provider.withdraw(record, signal)
  await provider.withdraw(record, signal)
  expect(await valuesAt(record.name)).toEqual([])
})

test('whether all servers have the last change is asked of Route 53, by whichever provider is opened next', async () => {
  const record = aRecord({ name: '_acme-challenge.settled.example.com' })
  const open = route53With({ endpoint: aws.endpoint })
  const first = await open(withKey, anAccess(http, { secrets }), signal)
  expect(await first.isSettled?.(record, signal)).toBeUndefined()
  await first.publish(record, signal)
  const second = await open(withKey, anAccess(http, { secrets }), signal)
  expect(await second.isSettled?.(record, signal)).toBe(true)
  expect(sent.at(-1)).toMatchObject({ method: 'GET', url: expect.stringContaining('/2013-04-01/change/') })
})

test('the zone is the public one that DNS names', async () => {
  await createZone('split.example.com', 'private')
  const id = await createZone('split.example.com')
  const record = aRecord({ name: '_acme-challenge.www.split.example.com', zone: 'split.example.com' })
  await (await opened(withKey)).publish(record, signal)
  expect(await valuesAt(record.name, id)).toEqual(['"a-value"'])
})

test('the zone is the longest public one above the name where DNS names another', async () => {
  await createZone('internal.example.com', 'private')
  const record = aRecord({ name: '_acme-challenge.a.internal.example.com', zone: 'internal.example.com' })
  await (await opened(withKey)).publish(record, signal)
  expect(await valuesAt(record.name)).toEqual(['"a-value"'])
})

test('two public zones of one name are not guessed at', async () => {
  await createZone('double.example.org')
  const id = await createZone('double.example.org')
  const record = aRecord({ name: '_acme-challenge.double.example.org', zone: 'double.example.org' })
  const message = 'Route 53 has several public hosted zones named double.example.org: say which one by route53.hostedZoneID'
  await expect((await opened(withKey)).publish(record, signal)).rejects.toMatchObject({ code: 'dns01/configuration', message })
  await (await opened({ ...withKey, hostedZoneID: `/hostedzone/${id}` })).publish(record, signal)
  expect(await valuesAt(record.name, id)).toEqual(['"a-value"'])
})

test('a name without a zone is told', async () => {
  const record = aRecord({ name: '_acme-challenge.elsewhere.test', zone: 'elsewhere.test' })
  await expect((await opened(withKey)).publish(record, signal)).rejects.toMatchObject({
    code: 'dns01/notFound',
    message: expect.stringContaining('Route 53 has no public hosted zone for _acme-challenge.elsewhere.test'),
  })
})

test('a zone ID that does not exist is told in the words of AWS', async () => {
  const provider = await opened({ ...withKey, hostedZoneID: 'ZNOSUCHZONE' })
  await expect(provider.publish(aRecord(), signal)).rejects.toMatchObject({
    code: 'dns01/notFound',
    message: expect.stringMatching(/^AWS did not publish _acme-challenge\.example\.com: NoSuchHostedZone: ./),
  })
})

test('an access key may lie in a Secret as a whole, white space around it or not', async () => {
  const config = { accessKeyIDSecretRef: { name: 'aws', key: 'id' }, secretAccessKeySecretRef: { name: 'aws', key: 'key' } }
  await (await opened(config)).publish(aRecord(), signal)
  expect(sent.at(-1)?.headers?.['authorization']).toContain('Credential=AKIAFROMSECRET/')
})

test('a role is assumed with the access key, and signs from then on', async () => {
  await (await opened({ ...withKey, role })).publish(aRecord(), signal)
  const [signIn, first] = sent
  expect(signIn?.body).toContain(`Action=AssumeRole&`)
  expect(signIn?.body).toContain(`RoleArn=${encodeURIComponent(role)}`)
  expect(signIn?.headers?.['authorization']).toContain('Credential=AKIALITERAL/')
  expect(first?.headers?.['authorization']).toMatch(/Credential=ASIA/)
  expect(first?.headers).toHaveProperty('x-amz-security-token')
})

test.each<[title: string, audiences: string[], token: string]>([
  ['the audience of STS', [], 'token-of-dns-for-sts.amazonaws.com'],
  ['the audiences that the issuer names', ['one', 'two'], 'token-of-dns-for-one%2Btwo'],
])('a service account signs in to the role with a token for %s', async (_title, audiences, token) => {
  const config = { role, auth: { kubernetes: { serviceAccountRef: { name: 'dns', audiences } } } }
  await (await opened(config)).publish(aRecord(), signal)
  const [signIn, first] = sent
  expect(signIn?.body).toContain('Action=AssumeRoleWithWebIdentity&')
  expect(signIn?.body).toContain(`WebIdentityToken=${token}`)
  expect(signIn?.headers).not.toHaveProperty('authorization')
  expect(first?.headers).toHaveProperty('x-amz-security-token')
})

test('the credentials of the environment are used where they may be', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENVIRONMENT')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'of-the-operator')
  await (await opened({}, { isAmbientAllowed: true })).publish(aRecord(), signal)
  expect(sent[0]?.headers?.['authorization']).toContain('Credential=AKIAENVIRONMENT/')
})

test('a role is assumed with the credentials of the environment', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENVIRONMENT')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'of-the-operator')
  await opened({ role }, { isAmbientAllowed: true })
  expect(sent.map(({ headers }) => headers?.['authorization'])).toEqual([expect.stringContaining('Credential=AKIAENVIRONMENT/')])
})

test('and where they may not be, nothing is even sent', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENVIRONMENT')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'of-the-operator')
  await expect(opened({})).rejects.toMatchObject({
    code: 'dns01/configuration',
    message: expect.stringMatching(/^route53 has no credentials: .*--issuer-ambient-credentials/),
  })
  await expect(opened({ role })).rejects.toMatchObject({ code: 'dns01/configuration' })
  expect(sent).toEqual([])
})

test.each<[title: string, config: Route53, ambientRegion: string, region: string]>([
  ['what the issuer says', { ...withKey, region: 'eu-west-1' }, '', 'eu-west-1'],
  ['what the issuer says, whatever the environment says', { ...withKey, region: 'eu-west-1' }, 'us-west-2', 'eu-west-1'],
  ['what the environment says', withKey, 'us-west-2', 'us-west-2'],
  ['the first one when nobody says', withKey, '', 'us-east-1'],
])('the region is %s', async (_title, config, ambientRegion, region) => {
  vi.stubEnv('AWS_REGION', ambientRegion)
  await opened({ ...config, role })
  expect(sent[0]?.headers?.['authorization']).toContain(`/${region}/sts/`)
})

function aRecord(record: Partial<TxtRecord> = {}): TxtRecord {
  return { name: '_acme-challenge.example.com', zone: 'example.com', value: 'a-value', dnsName: 'example.com', ...record }
}

function opened(config: Route53, options: { readonly isAmbientAllowed?: boolean } = {}): Promise<DnsProvider> {
  return route53With({ endpoint: aws.endpoint })(config, anAccess(http, { secrets, ...options }), signal)
}

async function createZone(name: string, kind: 'public' | 'private' = 'public'): Promise<string> {
  const isPrivate = kind === 'private'
  const command = new CreateHostedZoneCommand({
    Name: name,
    CallerReference: `${name}-${kind}-${Math.random()}`,
    HostedZoneConfig: { PrivateZone: isPrivate },
    ...(isPrivate ? { VPC: { VPCRegion: 'us-east-1', VPCId: 'vpc-1' } } : {}),
  })
  const { HostedZone: zone } = await onlooker.send(command)
  return zone?.Id?.replace('/hostedzone/', '') ?? ''
}

async function valuesAt(name: string, id = zoneId): Promise<readonly string[]> {
  const { ResourceRecordSets: sets = [] } = await onlooker.send(new ListResourceRecordSetsCommand({ HostedZoneId: id }))
  return sets
    .filter((set) => set.Name === `${name}.` && set.Type === 'TXT')
    .flatMap((set) => set.ResourceRecords ?? [])
    .map((record) => record.Value ?? '')
    .toSorted()
}
