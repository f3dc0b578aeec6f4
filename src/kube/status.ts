/** The part of a `v1` Status answer that we read. */
export interface Status {
  readonly message?: string
  readonly reason?: string
  readonly code?: number
  readonly details?: {
    readonly name?: string
    readonly kind?: string
    readonly uid?: string
    readonly retryAfterSeconds?: number
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[]
  }
}

/** Reads an error body. A proxy in between may have written it, so that anything but a Status is undefined. */
export function parseStatus(body: string): Status | undefined {
  try {
    return statusIn(JSON.parse(body))
  } catch {
    return undefined
  }
}

/** The value as a Status, if it is one. */
export function statusIn(value: unknown): Status | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value) || value.kind !== 'Status') return undefined
  return value as Status
}
