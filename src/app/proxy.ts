import type { HttpProxy } from '../acme/dispatcher.ts'
import { Redacted } from '../lib/redacted.ts'

/**
 * The proxy for requests to ACME servers, by the variables that the chart sets; lower case wins, as with curl, unless it is empty, as
 * charts and shells set what they have no value for. Its URL may hold a password.
 */
export function proxyFrom(environment: Readonly<Record<string, string | undefined>>): { readonly proxy?: HttpProxy } {
  const url = environment['https_proxy'] || environment['HTTPS_PROXY'] || ''
  const noProxy = environment['no_proxy'] || environment['NO_PROXY']
  return url === '' ? {} : { proxy: { url: new Redacted(url), ...(noProxy === undefined ? {} : { noProxy }) } }
}
