import { inspect } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import type { DnsProvider } from '../dns-provider.ts'
import { startStandIn } from '../http-stand-in.test-support.ts'
import type { StandIn, StandInAnswer } from '../http-stand-in.test-support.ts'
import { anAccess } from '../provider-access.test-support.ts'
import { openAcmeDns } from './acme-dns.ts'

// Shapes from the documentation of acme-dns.
const { signal } = new AbortController()
const record = { name: 'd420.auth.example.org', zone: 'auth.example.org', value: 'ours', dnsName: 'example.com' }
const account = { username: 'c36f50e8', password: 'the-password', fulldomain: 'd420.auth.example.org', subdomain: 'd420', allowfrom: [] }

let server: StandIn | undefined

afterEach(async () => {
  await server?.close()
})

test('updates the account of the domain that is proved, for its wildcard too', async () => {
  const provider = await opened({ status: 200, body: { txt: 'ours' } })
  await provider.publish(record, signal)
  await provider.publish({ ...record, value: 'of-wildcard' }, signal)
  expect(server?.asked()).toEqual(['POST /update', 'POST /update'])
  expect(server?.seen.map(({ body }) => body)).toEqual([
    { subdomain: 'd420', txt: 'ours' },
    { subdomain: 'd420', txt: 'of-wildcard' },
  ])
  expect(server?.seen[0]?.headers).toMatchObject({ 'x-api-user': 'c36f50e8', 'x-api-key': 'the-password' })
})

test('there is nothing to withdraw by', async () => {
  const provider = await opened({ status: 200 })
  await provider.withdraw(record, signal)
  expect(server?.seen).toEqual([])
})

test('a server below a path is asked there', async () => {
  const provider = await opened({ status: 200, body: { txt: 'ours' } }, { host: 'http://acme-dns.internal.example.com/api/' })
  await provider.publish(record, signal)
  expect(server?.asked()).toEqual(['POST /api/update'])
})

test.each<[title: string, answer: StandInAnswer, code: string, message: RegExp]>([
  ['a wrong password', { status: 401, body: { error: 'forbidden' } }, 'dns01/credentials', /: forbidden: the account is unknown/],
  [
    'a subdomain that is none',
    { status: 400, body: { error: 'bad_subdomain' } },
    'dns01/refused',
    /: bad_subdomain: the subdomain in the account/,
  ],
  ['a fault of the server', { status: 500, body: { error: 'db_error' } }, 'dns01/unavailable', /: db_error$/],
  ['another server', { status: 404, body: { error: 'secret of another server' } }, 'dns01/notFound', /or the credentials may not see it$/],
])('%s is told, in no words but those of acme-dns', async (_title, answer, code, message) => {
  const error = await (await opened(answer)).publish(record, signal).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  expect(inspect(error)).not.toMatch(/the-password|secret of another server/)
})

test.each<[title: string, json: string, message: string]>([
  [
    'no JSON',
    'username: x',
    'Secret shop/acme-dns, key "accounts.json": this is not JSON that maps each domain to its account at acme-dns',
  ],
  ['another domain', '{"example.org":{}}', 'Secret shop/acme-dns, key "accounts.json": there is no account for example.com'],
  [
    'half an account',
    '{"example.com":{"username":"x"}}',
    'Secret shop/acme-dns, key "accounts.json": the account for example.com needs username, password and subdomain',
  ],
])('an account file with %s is told', async (_title, json, message) => {
  const published = opened({ status: 200 }, { json }).then((provider) => provider.publish(record, signal))
  await expect(published).rejects.toMatchObject({ code: 'dns01/credentials', message })
})

test.each(['auth.example.org', 'ftp://auth.example.org', 'https://user:pw@auth.example.org', 'https://auth.example.org/?x=1', ''])(
  '%j is no base URL',
  async (host) => {
    await expect(opened({ status: 200 }, { host })).rejects.toMatchObject({ code: 'dns01/configuration' })
  },
)

async function opened(
  answer: StandInAnswer,
  {
    host = 'https://auth.example.org',
    json = JSON.stringify({ 'Example.com': account }),
  }: { readonly host?: string; readonly json?: string } = {},
): Promise<DnsProvider> {
  server = await startStandIn(() => answer)
  const access = anAccess(server.http, { secrets: { 'acme-dns/accounts.json': json } })
  return openAcmeDns({ host, accountSecretRef: { name: 'acme-dns', key: 'accounts.json' } }, access, signal)
}
