import { OperatorError } from '../../lib/operator-error.ts'
import { Redacted } from '../../lib/redacted.ts'
import type { ProviderAccess, ProviderHttp } from './dns-provider.ts'

/** What a provider may know, with these Secrets, by `name/key`. No token but `token-of-<name>-for-<audiences>`. */
export function anAccess(
  http: ProviderHttp,
  {
    secrets = {},
    isAmbientAllowed = false,
  }: { readonly secrets?: Readonly<Record<string, string>>; readonly isAmbientAllowed?: boolean } = {},
): ProviderAccess {
  return {
    namespace: 'shop',
    isAmbientAllowed,
    secret: async ({ name, key }) => {
      const value = secrets[`${name}/${key}`]
      if (value === undefined)
        throw new OperatorError('dns01/noSecret', `Secret shop/${name} has nothing under the key ${JSON.stringify(key)}`)
      return new Redacted(value)
    },
    serviceAccountToken: async (name, audiences) => new Redacted(`token-of-${name}-for-${audiences.join('+')}`),
    http,
  }
}
