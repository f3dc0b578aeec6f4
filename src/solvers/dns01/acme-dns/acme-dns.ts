import { asText, isRecord, parseJson } from '../../../acme/json.ts'
import type { AcmeDns } from '../../../crds/dns01-solver.ts'
import { OperatorError } from '../../../lib/operator-error.ts'
import { Redacted } from '../../../lib/redacted.ts'
import type { OpenDnsProvider, ProviderHttp, ProviderResponse } from '../dns-provider.ts'
import { isGranted, refusalOf } from '../provider-refusal.ts'

/**
 * acme-dns, a DNS server for the records of challenges alone: each domain has an account there, and a CNAME that leads to it. It keeps the last
 * two values of an account and has no call that takes one away: the next ones push them out.
 */
export const openAcmeDns: OpenDnsProvider<AcmeDns> = async ({ host, accountSecretRef: ref }, access, signal) => {
  const url = updateUrl(host)
  const secret = `Secret ${access.namespace}/${ref.name}, key ${JSON.stringify(ref.key ?? '')}`
  const accounts = parseAccounts(await access.secret({ name: ref.name, key: ref.key ?? '' }, signal), secret)
  return {
    publish: async ({ dnsName, value }, stop) => {
      const account = accountFor(dnsName, accounts, secret)
      const response = await update(access.http, { url, account, value }, stop)
      if (!isGranted(response)) throw refusal(response, dnsName)
    },
    withdraw: async () => {},
  }
}

type Accounts = Readonly<Record<string, unknown>>

interface Account {
  readonly username: string
  readonly password: Redacted<string>
  readonly subdomain: string
}

/** Over plain HTTP too: many run it inside of their cluster. */
function updateUrl(host: string): string {
  const text = host.trim()
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new OperatorError(
      'dns01/configuration',
      'acmeDNS.host must be the base URL of an acme-dns server, like https://acme-dns.example.com',
    )
  return `${url.href.replace(/\/+$/, '')}/update`
}

function parseAccounts(json: Redacted<string>, secret: string): Accounts {
  const accounts = parseJson(json.reveal())
  if (!isRecord(accounts))
    throw new OperatorError('dns01/credentials', `${secret}: this is not JSON that maps each domain to its account at acme-dns`)
  return accounts
}

function accountFor(dnsName: string, accounts: Accounts, secret: string): Account {
  const found = Object.entries(accounts).find(([domain]) => domain.toLowerCase() === dnsName.toLowerCase())?.[1]
  if (found === undefined) throw new OperatorError('dns01/credentials', `${secret}: there is no account for ${dnsName}`)
  const fields = isRecord(found) ? found : {}
  const [username, password, subdomain] = [asText(fields['username']), asText(fields['password']), asText(fields['subdomain'])]
  if (username === undefined || password === undefined || subdomain === undefined)
    throw new OperatorError('dns01/credentials', `${secret}: the account for ${dnsName} needs username, password and subdomain`)
  return { username, password: new Redacted(password), subdomain }
}

function update(
  http: ProviderHttp,
  { url, account, value }: { readonly url: string; readonly account: Account; readonly value: string },
  signal: AbortSignal,
): Promise<ProviderResponse> {
  const headers = { 'x-api-user': account.username, 'x-api-key': account.password.reveal() }
  return http.send({ method: 'POST', url, headers, body: { subdomain: account.subdomain, txt: value } }, signal)
}

/** The errors that acme-dns knows. The user names the host, so that no other word of an answer is shown. */
const knownErrors: Readonly<Record<string, string>> = {
  forbidden: 'forbidden: the account is unknown, its password is wrong, or allowfrom excludes the address of the operator',
  malformed_json_payload: 'malformed_json_payload',
  bad_subdomain: 'bad_subdomain: the subdomain in the account is not one of acme-dns',
  bad_txt: 'bad_txt',
  db_error: 'db_error',
}

function refusal(response: ProviderResponse, dnsName: string): OperatorError {
  const error = isRecord(response.body) ? asText(response.body['error']) : undefined
  const reason = error === undefined ? undefined : knownErrors[error]
  return refusalOf(response, { api: 'acme-dns', asked: `update the record for ${dnsName}`, ...(reason === undefined ? {} : { reason }) })
}
