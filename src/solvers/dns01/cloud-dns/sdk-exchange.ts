import { OperatorError } from '../../../lib/operator-error.ts'
import { visibleText } from '../../../lib/visible-text.ts'
import type { ProviderHttp, ProviderRequest, ProviderResponse } from '../dns-provider.ts'
import { firstSentence } from '../answer-fields.ts'
import { oauthReason } from '../oauth-reason.ts'
import { refusalOf } from '../provider-refusal.ts'

/** Carries what an authentication library asks a token endpoint, under our limits and through our proxy. */
export interface SdkExchange {
  readonly send: (request: SdkRequest) => Promise<ProviderResponse>
  /** Why the library gave up: in the words of the endpoint, not in what the library made of them. */
  readonly failureOf: (error: unknown, signIn: { readonly api: string; readonly asked: string }) => OperatorError
}

export interface SdkRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** The exchanges of one sign-in. */
export function sdkExchange(http: ProviderHttp, signal: AbortSignal): SdkExchange {
  let broken: OperatorError | undefined
  let refused: ProviderResponse | undefined
  return {
    send: async ({ method, body, ...request }) => {
      try {
        const response = await http.send({ ...request, method: methodOf(method), ...(body === undefined ? {} : { body }) }, signal)
        refused = response.status >= 400 ? response : undefined
        return response
      } catch (error) {
        if (error instanceof OperatorError) broken = error
        throw error
      }
    },
    failureOf: (error, { api, asked }) => {
      signal.throwIfAborted()
      if (broken !== undefined) return broken
      if (refused !== undefined) return refusalOf(refused, { api, asked, reason: oauthReason(refused) })
      const why = error instanceof Error ? visibleText(firstSentence(error.message)) : 'it failed'
      return new OperatorError('dns01/credentials', `${api} did not ${asked}: ${why}`)
    },
  }
}

function methodOf(method: string): ProviderRequest['method'] {
  return method.toUpperCase() === 'POST' ? 'POST' : 'GET'
}
