import type { Clock } from '../lib/clock.ts'
import { HOUR, plus } from '../lib/instant.ts'
import type { Instant } from '../lib/instant.ts'
import { abortable } from './abortable.ts'
import { AcmeError } from './acme-error.ts'
import { parseDirectory } from './directory.ts'
import type { Directory } from './directory.ts'
import { parseJson } from './json.ts'
import { refusalOf } from './refusal.ts'
import { isSuccess } from './transport.ts'
import type { Transport } from './transport.ts'

export interface DirectoryCache {
  readonly directory: ReadDirectory
  /** Nobody is found at this URL. If it is one of the directory's, whoever asks next gets a new directory. */
  readonly doubt: (url: string) => void
}

export type ReadDirectory = (signal: AbortSignal) => Promise<Directory>

/** Fetches the directory once for all who ask, and again after an hour. A failure is not kept. */
export function createDirectoryCache(transport: Transport, url: string, clock: Clock): DirectoryCache {
  let kept: { readonly directory: Directory; readonly until: Instant } | undefined
  let fetching: Promise<Directory> | undefined

  async function fetchDirectory(): Promise<Directory> {
    // RFC 8555 §6.1. Nothing but another URL in the Issuer would help.
    if (!/^https:\/\//i.test(url)) throw new AcmeError('acme/invalidUrl', `the directory URL ${url.slice(0, 200)} is not an https URL`)
    // Several wait for the answer, so the request ends with none of them; the transport's time limits end it.
    const reply = await transport.send({ action: 'discover', method: 'GET', url }, new AbortController().signal)
    if (!isSuccess(reply)) throw refusalOf(reply, clock.now())
    const directory = parseDirectory(parseJson(reply.body))
    if (directory === undefined) throw new AcmeError('acme/protocol', 'there is no ACME directory at this URL')
    kept = { directory, until: plus(clock.now(), HOUR) }
    return directory
  }

  return {
    directory: async (signal) => {
      signal.throwIfAborted()
      if (kept !== undefined && clock.now() < kept.until) return kept.directory
      fetching ??= fetchDirectory().finally(() => {
        fetching = undefined
      })
      return abortable(fetching, signal)
    },
    doubt: (doubted) => {
      if (Object.values(kept?.directory ?? {}).includes(doubted)) kept = undefined
    },
  }
}
