import { OperatorError } from '../../lib/operator-error.ts'
import { Redacted } from '../../lib/redacted.ts'
import type { Environment, ProviderAccess, ProviderHttp } from './dns-provider.ts'

export interface AccessParts {
  readonly secrets?: Readonly<Record<string, string>>
  readonly isAmbientAllowed?: boolean
  readonly environment?: Environment
}

/** What a provider may know, with these Secrets, by `name/key`. No token but `token-of-<name>-for-<audiences>`. */
export function anAccess(
  http: ProviderHttp,
  { secrets = {}, isAmbientAllowed = false, environment = {} }: AccessParts = {},
): ProviderAccess {
  return {
    namespace: 'shop',
    isAmbientAllowed,
    environment,
    secret: async ({ name, key }) => {
      const value = secrets[`${name}/${key}`]
      if (value === undefined)
        throw new OperatorError('dns01/noSecret', `Secret shop/${name} has nothing under the key ${JSON.stringify(key)}`)
      return new Redacted(value)
    },
    serviceAccountToken: async (name, audiences) => new Redacted(`token-of-${name}-for-${audiences.join('+')}`),
    callApi: () => Promise.reject(new Error('no aggregated API is there')),
    http,
  }
}
