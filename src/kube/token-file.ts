import { readFile, stat } from 'node:fs/promises'
import { Redacted } from '../lib/redacted.ts'

/** How long a token is used before the file is looked at again; as long as kubelets and client-go count on. */
const REREAD_AFTER = 60_000

export interface TokenFile {
  /** The token that stands in the file now or stood there less than a minute ago. Throws the file system's error. */
  readonly read: () => Promise<Redacted<string>>
  /** Makes the next `read` look at the file. */
  readonly invalidate: () => void
}

/** A bearer token in a file that somebody else replaces from time to time. */
export function tokenFile(path: string, now: () => number): TokenFile {
  let held: { readonly token: Redacted<string>; readonly modified: number } | undefined
  let lookAt = 0
  let reading: Promise<Redacted<string>> | undefined

  async function look(): Promise<Redacted<string>> {
    try {
      const modified = (await stat(path)).mtimeMs
      if (held === undefined || held.modified !== modified || lookAt === 0) {
        held = { token: new Redacted((await readFile(path, 'utf8')).trim()), modified }
      }
      lookAt = now() + REREAD_AFTER
      return held.token
    } finally {
      reading = undefined
    }
  }

  return {
    read: () => (held !== undefined && now() < lookAt ? Promise.resolve(held.token) : (reading ??= look())),
    invalidate: () => {
      lookAt = 0
    },
  }
}
