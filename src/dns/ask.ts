import { randomInt } from 'node:crypto'
import type { Dispatcher } from 'undici'
import { OperatorError } from '../lib/operator-error.ts'
import { exchangeByTcp, exchangeByUdp } from './exchange.ts'
import { exchangeByHttps } from './exchange-by-https.ts'
import type { DnsMessage, Question } from './message.ts'
import { isDefinite } from './message.ts'
import { readMessage } from './read-message.ts'
import type { ServerAddress } from './server-address.ts'
import { showServerAddress } from './server-address.ts'
import { writeQuery } from './write-message.ts'

/** The connections of DNS over HTTPS, opened when they are first needed. */
export type ByHttps = () => Dispatcher

/**
 * Asks one server one question: by UDP, then by TCP where the answer does not fit; or over HTTPS. Any answer to the question is a value,
 * whatever its response code. Throws `dns/noAnswer` when there is none.
 */
export async function ask(
  { byHttps, ...question }: Question & { readonly isRecursive: boolean; readonly byHttps?: ByHttps | undefined },
  server: ServerAddress,
  signal: AbortSignal,
): Promise<DnsMessage> {
  // RFC 8484 §4.1: an id of 0 lets caches answer; there is nothing to guess behind TLS.
  const query = writeQuery({ ...question, id: server.kind === 'https' ? 0 : randomInt(0x1_0000) })
  if (server.kind === 'https')
    return answerIn(await exchangeByHttps(query, { url: server.url, dispatcher: byHttps?.() }, signal), question, server)
  const answer = answerIn(await exchangeByUdp(query, server, signal), question, server)
  return answer.isTruncated ? answerIn(await exchangeByTcp(query, server, signal), question, server) : answer
}

function answerIn(bytes: Buffer, question: Question, server: ServerAddress): DnsMessage {
  const reading = readMessage(bytes)
  if (reading.kind === 'malformed') {
    throw new OperatorError('dns/noAnswer', `${showServerAddress(server)}: the answer cannot be read: ${reading.why}`)
  }
  const { message } = reading
  // Who cannot even read the question need not repeat it.
  const isAbout = message.question === undefined ? !isDefinite(message) : isSame(message.question, question)
  if (!message.isAnswer || !isAbout)
    throw new OperatorError('dns/noAnswer', `${showServerAddress(server)}: the answer is to another question`)
  return message
}

function isSame(a: Question, b: Question): boolean {
  return a.name === b.name && a.type === b.type
}
