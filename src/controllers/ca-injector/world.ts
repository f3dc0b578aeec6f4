import type { Instant } from '../../lib/instant.ts'
import type { CertificateReading } from '../../pki/certificate.ts'
import type { Target } from './target-kinds.ts'

/** Everything that the decision about one object that asks for a CA may know. */
export interface World {
  readonly target: Target
  /** For each place of the target, by its position, the CAs that stand there. */
  readonly earlier: readonly (readonly CertificateReading[])[]
  readonly ca: CaReading
  /** The last trouble that this process told about in an Event: the object has no place of ours for it. */
  readonly told: Announcement | undefined
  /** When this process has written the object lately, the last time last. */
  readonly writtenAt: readonly Instant[]
}

export type CaReading =
  | {
      readonly kind: 'ok'
      readonly certificates: readonly CertificateReading[]
      /** The source, for sentences. */
      readonly from: string
      /** Whether nothing tells us when it changes. */
      readonly isUnwatched: boolean
    }
  | { readonly kind: 'unavailable'; readonly announcement: Announcement }

export interface Announcement {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/** What this process remembers of an object, which is another one when it was made anew under the same name. */
export interface Memory {
  readonly uid: string | undefined
  readonly told: Announcement | undefined
  readonly writtenAt: readonly Instant[]
}
