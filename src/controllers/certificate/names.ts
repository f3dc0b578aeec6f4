import { createHash } from 'node:crypto'

const LONGEST_NAME_AS_IT_IS = 233

/**
 * The CertificateRequest of one revision: `<certificate>-<revision>`. A name over 233 characters is shortened to 168, back to the last letter
 * or digit, and its SHA-256, so that the whole fits 253 with a revision of 19 digits and is a name whatever was cut through.
 */
export function requestName(certificateName: string, revision: number): string {
  const isShort = certificateName.length <= LONGEST_NAME_AS_IT_IS
  const prefix = isShort ? certificateName : `${certificateName.slice(0, 168).replace(/[.-]+$/, '')}-${sha256(certificateName)}`
  return `${prefix}-${revision}`
}

/**
 * The Secret with the key of one attempt: `<certificate>-<five characters>`, as generateName would give, but the same each
 * time it is computed, so that a crash or a second replica cannot make a second key for the same attempt.
 */
export function nextKeySecretName(attempt: {
  readonly certificateName: string
  readonly certificateUid: string
  readonly revision: number
  readonly failures: number
  /** A name that a Secret of somebody else has; another one is found. */
  readonly taken?: string | undefined
}): string {
  const { certificateUid, revision, failures, taken = '' } = attempt
  const digest = createHash('sha256').update(`${certificateUid}/${revision}/${failures}${taken}`).digest()
  const suffix = Array.from(digest.subarray(0, 5), (byte) => ALPHABET[byte % ALPHABET.length]).join('')
  // What is cut off in the middle may end in a dot, after which no name goes on with a hyphen.
  return `${attempt.certificateName.slice(0, 247).replace(/[.-]+$/, '')}-${suffix}`
}

/** The letters and digits that Kubernetes generates names from: no vowels, so no words. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
