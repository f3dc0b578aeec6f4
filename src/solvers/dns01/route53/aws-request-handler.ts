import type { Route53ClientConfig } from '@aws-sdk/client-route-53'
import type { ProviderHttp, ProviderRequest } from '../dns-provider.ts'

/** Carries the requests of the SDK over our own connections: our limits, our proxy, our errors. */
export function awsRequestHandler(http: ProviderHttp): NonNullable<Route53ClientConfig['requestHandler']> {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (request: SdkRequest, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}) => {
      const response = await http.send(
        {
          method: methodOf(request.method),
          url: urlOf(request),
          headers: request.headers,
          ...(request.body === undefined ? {} : { body: Buffer.from(request.body).toString('utf8') }),
        },
        abortSignal ?? new AbortController().signal,
      )
      const headers = { 'content-type': response.header('content-type') ?? '' }
      return { response: { statusCode: response.status, headers, body: Buffer.from(response.text) } }
    },
  }
}

interface SdkRequest {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: Readonly<Record<string, string | string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

function methodOf(method: string): ProviderRequest['method'] {
  return method === 'POST' ? 'POST' : 'GET'
}

/** As it was signed, byte for byte: spaces as %20, and everything but unreserved characters encoded. */
function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? '']).map((one) => `${encoded(name)}=${encoded(one)}`),
  )
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}
