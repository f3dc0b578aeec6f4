import { fieldOf, firstSentence } from './answer-fields.ts'
import type { ProviderResponse } from './dns-provider.ts'

/** Why a token endpoint refuses (RFC 6749 section 5.2), in as few words as it has; empty when it does not say. */
export function oauthReason({ body }: ProviderResponse): string {
  const words = [fieldOf(body, 'error'), fieldOf(body, 'error_description')]
  return words
    .filter((word) => typeof word === 'string')
    .map(firstSentence)
    .join(': ')
}
