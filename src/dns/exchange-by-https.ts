import { request } from 'undici'
import { SECOND } from '../lib/instant.ts'
import { OperatorError } from '../lib/operator-error.ts'

const MEDIA_TYPE = 'application/dns-message'
const ANSWER_WITHIN = 5 * SECOND
const MAX_MESSAGE = 65_535

/** Sends a message over HTTPS (RFC 8484 §4.1). Throws `dns/noAnswer`, without a word of what else than DNS was answered. */
export async function exchangeByHttps(message: Buffer, url: string, signal: AbortSignal): Promise<Buffer> {
  const { origin } = new URL(url)
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN)])
  try {
    const headers = { 'content-type': MEDIA_TYPE, accept: MEDIA_TYPE }
    const { statusCode, headers: answered, body } = await request(url, { method: 'POST', headers, body: message, signal: deadline })
    const type = answered['content-type']
    if (statusCode !== 200 || type !== MEDIA_TYPE) {
      body.destroy()
      throw new OperatorError('dns/noAnswer', `${origin}: ${statusCode === 200 ? 'the answer is not DNS' : `status ${statusCode}`}`)
    }
    return await bounded(body, origin)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof OperatorError) throw error
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    const why = deadline.aborted ? `no answer within ${ANSWER_WITHIN / SECOND} s` : `the request failed${code}`
    throw new OperatorError('dns/noAnswer', `${origin}: ${why}`, { cause: error })
  }
}

async function bounded(body: AsyncIterable<Buffer>, origin: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > MAX_MESSAGE) throw new OperatorError('dns/noAnswer', `${origin}: the answer is too long`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
