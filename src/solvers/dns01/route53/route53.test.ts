import { inspect } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import type { Route53 } from '../../../crds/dns01-solver.ts'
import type { DnsProvider } from '../dns-provider.ts'
import { startStandIn } from '../http-stand-in.test-support.ts'
import type { StandIn, StandInAnswer } from '../http-stand-in.test-support.ts'
import { anAccess } from '../provider-access.test-support.ts'
import { openRoute53 } from './route53.ts'

// What test/integration/route53.test.ts cannot show, in the words of the API reference: refusals, and record sets of other makes.
const { signal } = new AbortController()
const record = { name: '_acme-challenge.example.com', zone: 'example.com', value: 'ours', dnsName: 'example.com' }
const withKey = { accessKeyID: 'AKIA', secretAccessKeySecretRef: { name: 'aws', key: 'key' }, hostedZoneID: 'Z1', region: 'eu-west-1' }
const role = 'arn:aws:iam::123456789012:role/dns'

let server: StandIn | undefined

afterEach(async () => {
  await server?.close()
})

test('our value joins a plain record set, on the condition that it is as it was read', async () => {
  const provider = await opened(withKey, [notAllowed, listOf(plainSet('"by hand"')), changed])
  await provider.publish(record, signal)
  expect(changesOf(2)).toEqual(['DELETE 300 "by hand"', 'UPSERT 300 "by hand" "ours"'])
})

test('a value that stands in a plain record set already is left there', async () => {
  const provider = await opened(withKey, [notAllowed, listOf(plainSet('"by hand"', '"ours"'))])
  await provider.publish(record, signal)
  expect(server?.seen).toHaveLength(2)
})

test('a batch that is refused for another reason is told in the words of AWS', async () => {
  const provider = await opened(withKey, [notAllowed, listOf('')])
  await expect(provider.publish(record, signal)).rejects.toMatchObject({
    code: 'dns01/refused',
    message: 'AWS did not publish _acme-challenge.example.com: InvalidChangeBatch: [RRSet of type TXT is not permitted here]',
  })
})

test.each<[title: string, sets: string, changes: string[]]>([
  ['with others in a plain record set', plainSet('"by hand"', '"ours"'), ['DELETE 300 "by hand" "ours"', 'UPSERT 300 "by hand"']],
  ['alone in a plain record set', plainSet('"ours"'), ['DELETE 300 "ours"']],
  ['in a record set of another lifetime', ownSet('"ours"', 60), ['DELETE 60 "ours"']],
])('a value is withdrawn that stands %s', async (_title, sets, changes) => {
  const provider = await opened(withKey, [notFound, listOf(sets), changed])
  await provider.withdraw(record, signal)
  expect(changesOf(2)).toEqual(changes)
})

test('a value that is gone is withdrawn already', async () => {
  const provider = await opened(withKey, [notFound, listOf(ownSet('"theirs"', 10))])
  await provider.withdraw(record, signal)
  expect(server?.seen).toHaveLength(2)
})

test.each<[title: string, answer: StandInAnswer, code: string, message: RegExp]>([
  ['too many requests', errorAnswer(400, 'Throttling', 'Rate exceeded'), 'dns01/rateLimited', /: Throttling: Rate exceeded$/],
  [
    'a change under way',
    errorAnswer(400, 'PriorRequestNotComplete', 'The request was rejected'),
    'dns01/rateLimited',
    /PriorRequestNotComplete/,
  ],
  ['no permission', errorAnswer(403, 'AccessDenied', 'User: u is not authorized'), 'dns01/credentials', /: User: u is not authorized$/],
  [
    'a wrong key',
    errorAnswer(403, 'InvalidClientTokenId', 'The security token is invalid'),
    'dns01/credentials',
    /: The security token is invalid$/,
  ],
  ['a fault of AWS', errorAnswer(500, 'InternalFailure', 'oops'), 'dns01/unavailable', /: InternalFailure: oops$/],
  ['a page of a proxy', { status: 502, body: '<html><body>Bad gateway</body></html>' }, 'dns01/unavailable', /^AWS did not publish/],
  ['a page in place of an answer', { status: 200, body: 'Welcome' }, 'dns01/refused', /^AWS did not publish/],
])('%s is told', async (_title, answer, code, message) => {
  const provider = await opened(withKey, [answer])
  await expect(provider.publish(record, signal)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
    retry: { kind: 'backoff' },
  })
  expect(server?.seen).toHaveLength(1)
})

test('a refused signature is told without the request that it was of', async () => {
  const answer = errorAnswer(
    403,
    'SignatureDoesNotMatch',
    'The signature does not match.\n\nThe Canonical String was\nx-amz-security-token:TOKEN',
  )
  const error = await (await opened(withKey, [answer])).publish(record, signal).catch((thrown: unknown) => thrown)
  expect(error).toHaveProperty('message', expect.stringMatching(/SignatureDoesNotMatch: The signature does not match\.$/))
  expect(inspect(error)).not.toContain('TOKEN')
})

test('a role that may not be assumed is told by its name', async () => {
  const denied =
    '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to assume</Message></Error></ErrorResponse>'
  await expect(opened({ ...withKey, role }, [{ status: 403, body: denied }])).rejects.toMatchObject({
    code: 'dns01/credentials',
    message: `AWS did not let us assume the role ${role}: AccessDenied: not authorized to assume`,
  })
})

test.each<[title: string, config: Route53, message: RegExp]>([
  ['nothing', {}, /^route53 has no credentials/],
  ['an ID without its key', { accessKeyID: 'AKIA' }, /no secretAccessKeySecretRef$/],
  ['a key without its ID', { secretAccessKeySecretRef: { name: 'aws', key: 'key' } }, /needs accessKeyID or accessKeyIDSecretRef$/],
  ['two IDs', { ...withKey, accessKeyIDSecretRef: { name: 'aws', key: 'key' } }, /give one of them$/],
  ['a service account without a role', { auth: { kubernetes: { serviceAccountRef: { name: 'dns' } } } }, /needs route53.role/],
  ['a Secret that is not there', { ...withKey, secretAccessKeySecretRef: { name: 'none', key: 'key' } }, /^Secret shop\/none/],
  ['a region that is a host', { ...withKey, region: 'evil.test/' }, /is not the name of an AWS region$/],
])('%s is told before anything is sent', async (_title, config, message) => {
  await expect(opened(config, [])).rejects.toThrow(message)
  expect(server?.seen).toEqual([])
})

async function opened(config: Route53, answers: readonly StandInAnswer[]): Promise<DnsProvider> {
  let next = 0
  server = await startStandIn(() => {
    next += 1
    return { headers: { 'content-type': 'text/xml' }, ...(answers[next - 1] ?? { status: 500, body: 'nobody expected this request' }) }
  })
  return openRoute53(config, anAccess(server.http, { secrets: { 'aws/key': 'secret' } }), signal)
}

/** `ACTION TTL value…` of each change in a request. */
function changesOf(request: number): readonly string[] {
  return String(server?.seen[request]?.body)
    .split('</Change>')
    .filter((text) => text.includes('<Action>'))
    .map((text) => [...text.matchAll(/<(?:Action|TTL|Value)>([^<]*)</g)].map(([, word = '']) => word.replaceAll('&quot;', '"')).join(' '))
}

const changed = {
  status: 200,
  body: '<ChangeResourceRecordSetsResponse><ChangeInfo><Id>/change/C1</Id><Status>PENDING</Status><SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt></ChangeInfo></ChangeResourceRecordSetsResponse>',
}
const notAllowed = errorAnswer(400, 'InvalidChangeBatch', '[RRSet of type TXT is not permitted here]')
const notFound = errorAnswer(400, 'InvalidChangeBatch', '[Tried to delete resource record set but it was not found]')

function errorAnswer(status: number, code: string, message: string): StandInAnswer {
  return {
    status,
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  }
}

function listOf(sets: string): StandInAnswer {
  const rest = '<IsTruncated>false</IsTruncated><MaxItems>300</MaxItems>'
  return {
    status: 200,
    body: `<ListResourceRecordSetsResponse><ResourceRecordSets>${sets}</ResourceRecordSets>${rest}</ListResourceRecordSetsResponse>`,
  }
}

function plainSet(...values: readonly string[]): string {
  return aSet('', 300, values)
}

function ownSet(value: string, ttl: number): string {
  return aSet(`<SetIdentifier>${value}</SetIdentifier><MultiValueAnswer>true</MultiValueAnswer>`, ttl, [value])
}

function aSet(routing: string, ttl: number, values: readonly string[]): string {
  const records = values.map((value) => `<ResourceRecord><Value>${value}</Value></ResourceRecord>`).join('')
  return `<ResourceRecordSet><Name>_acme-challenge.example.com.</Name><Type>TXT</Type>${routing}<TTL>${ttl}</TTL><ResourceRecords>${records}</ResourceRecords></ResourceRecordSet>`
}
