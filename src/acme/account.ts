import type { Redacted } from '../lib/redacted.ts'
import { asText, asTexts, isRecord } from './json.ts'

/** An account as the CA knows it (RFC 8555 §7.1.2). */
export interface Account {
  readonly url: string
  readonly status: 'valid' | 'deactivated' | 'revoked'
  /** URLs such as `mailto:ops@example.com`. Some CAs no longer return them. */
  readonly contact: readonly string[]
  /** False when the CA had an account for this key already. */
  readonly isNew: boolean
}

export interface NewAccount {
  /** URLs such as `mailto:ops@example.com`. */
  readonly contact: readonly string[]
  readonly eab?: ExternalAccountBinding
  /** Look the account of this key up; never create one. */
  readonly onlyReturnExisting?: boolean
}

/** Ties the account to one the user has at the CA (RFC 8555 §7.3.4). `hmacKey` is the decoded key. */
export interface ExternalAccountBinding {
  readonly keyId: string
  readonly hmacKey: Redacted<Buffer>
  readonly algorithm?: 'HS256' | 'HS384' | 'HS512'
}

/** An account from the CA's answer; undefined when it is none. */
export function parseAccount(body: unknown, from: { readonly url: string; readonly isNew: boolean }): Account | undefined {
  if (!isRecord(body)) return undefined
  const status = asText(body['status'])
  if (status !== 'valid' && status !== 'deactivated' && status !== 'revoked') return undefined
  return { url: from.url, status, contact: asTexts(body['contact']) ?? [], isNew: from.isNew }
}
