import type { Dispatcher } from 'undici'
import { request } from 'undici'
import { deadlineOf } from '../lib/deadline.ts'
import { SECOND } from '../lib/instant.ts'
import { OperatorError } from '../lib/operator-error.ts'

const MEDIA_TYPE = 'application/dns-message'
const ANSWER_WITHIN = 5 * SECOND
const MAX_MESSAGE = 65_535

/** A server for DNS over HTTPS, and the way to it; that of the process when none is given. */
export interface HttpsServer {
  readonly url: string
  readonly dispatcher?: Dispatcher | undefined
}

/** Sends a message over HTTPS (RFC 8484 §4.1). Throws `dns/noAnswer`, without a word of what else than DNS was answered. */
export async function exchangeByHttps(message: Buffer, { url, dispatcher }: HttpsServer, signal: AbortSignal): Promise<Buffer> {
  const { origin } = new URL(url)
  const { signal: deadline, end } = deadlineOf(signal, ANSWER_WITHIN)
  try {
    const headers = { 'content-type': MEDIA_TYPE, accept: MEDIA_TYPE }
    const {
      statusCode,
      headers: answered,
      body,
    } = await request(url, {
      method: 'POST',
      headers,
      body: message,
      signal: deadline,
      ...(dispatcher === undefined ? {} : { dispatcher }),
    })
    // Always read: a body that is dropped half-way fails later, where nobody listens.
    const bytes = await atMost(MAX_MESSAGE, body)
    const why = faultOf(statusCode, answered['content-type'])
    if (bytes === undefined || why !== undefined) throw new OperatorError('dns/noAnswer', `${origin}: ${why ?? 'the answer is too long'}`)
    return bytes
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof OperatorError) throw error
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    const why = deadline.aborted ? `no answer within ${ANSWER_WITHIN / SECOND} s` : `the request failed${code}`
    throw new OperatorError('dns/noAnswer', `${origin}: ${why}`, { cause: error })
  } finally {
    end()
  }
}

function faultOf(status: number, type: string | string[] | undefined): string | undefined {
  if (status !== 200) return `status ${status}`
  return type === MEDIA_TYPE ? undefined : 'the answer is not DNS'
}

/** undefined: there are more. */
async function atMost(most: number, body: AsyncIterable<Buffer>): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > most) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
