import { randomInt } from 'node:crypto'
import type { Instant } from '../lib/instant.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { exchangeByTcp, exchangeByUdp } from './exchange.ts'
import type { PlainServer } from './exchange.ts'
import { opcodes, rcodeName, rcodes } from './message.ts'
import type { DnsMessage } from './message.ts'
import type { RawRecord } from './read-message.ts'
import { readMessage } from './read-message.ts'
import { showServerAddress } from './server-address.ts'
import type { TsigKey, TsigVerdict } from './tsig.ts'
import { signMessage, verifyAnswer } from './tsig.ts'
import type { TxtUpdate } from './write-message.ts'
import { writeTxtUpdate } from './write-message.ts'

/** The server of a zone that takes updates, and how we sign them; without a key they are not signed. */
export interface UpdateTarget {
  readonly server: PlainServer
  readonly protocol: 'UDP' | 'TCP'
  readonly key: TsigKey | undefined
}

/** Sends one change (RFC 2136). Throws `dns/refused` with the reason in words, or `dns/noAnswer`. */
export async function updateTxt(target: UpdateTarget, update: Omit<TxtUpdate, 'id'>, now: Instant, signal: AbortSignal): Promise<void> {
  const { server, protocol, key } = target
  const plain = writeTxtUpdate({ ...update, id: randomInt(0x1_0000) })
  const signed = key === undefined ? undefined : { key, ...signMessage(plain, key, now) }
  const sent = signed?.bytes ?? plain
  const bytes = await (protocol === 'TCP' ? exchangeByTcp : exchangeByUdp)(sent, server, signal)
  const { message, last } = readAnswer(bytes, server)
  const verdict: TsigVerdict = signed === undefined ? { kind: 'ok' } : verifyAnswer(bytes, last, signed)
  const why = refusalOf(message, verdict, { target, zone: update.zone })
  if (why !== undefined) throw new OperatorError('dns/refused', `The DNS server ${showServerAddress(server)} ${why}`)
}

function readAnswer(bytes: Buffer, server: PlainServer): { readonly message: DnsMessage; readonly last: RawRecord | undefined } {
  const reading = readMessage(bytes)
  if (reading.kind === 'ok' && reading.message.isAnswer && reading.message.opcode === opcodes.update) return reading
  const why = reading.kind === 'malformed' ? `the answer cannot be read: ${reading.why}` : 'the answer is not one to an update'
  throw new OperatorError('dns/noAnswer', `${showServerAddress(server)}: ${why}`)
}

/** Why a change was not made, or may not have been; undefined: it was. */
function refusalOf(
  { rcode }: DnsMessage,
  verdict: TsigVerdict,
  { target: { key, server }, zone }: { readonly target: UpdateTarget; readonly zone: string },
): string | undefined {
  if (verdict.kind === 'refused') return tsigRefusal(verdict.error, key)
  if (rcode !== rcodes.noError) {
    const reason = reasons[rcode]?.replace('{zone}', zone)
    return `refused the update: ${rcodeName(rcode)}${reason === undefined ? '' : ` (${reason})`}`
  }
  if (verdict.kind === 'ok') return undefined
  return verdict.kind === 'unsigned'
    ? `did not sign its answer with the TSIG key ${key?.name ?? ''}; perhaps something else answers at ${showServerAddress(server)}`
    : `signed its answer with another key than the TSIG key ${key?.name ?? ''}`
}

const reasons: Readonly<Record<number, string>> = {
  2: 'its log tells why; often it cannot write the files of the zone {zone}',
  4: 'it does not take updates',
  5: 'it does not allow updates of the zone {zone} with this key, or without one',
  9: 'it does not hold the zone {zone}, or not as its primary server',
  10: 'the name is not in the zone {zone}',
}

function tsigRefusal(error: number, key: TsigKey | undefined): string {
  const name = key?.name ?? ''
  switch (error) {
    case 16:
      return `refused the signature: BADSIG; it knows a TSIG key ${name}, but with another secret`
    case 17:
      return `refused the signature: BADKEY; it does not know a TSIG key ${name} with the algorithm ${key?.algorithm ?? ''}`
    case 18:
      return 'refused the signature: BADTIME; its clock and that of the operator differ by more than five minutes'
    default:
      return `refused the signature: ${rcodeName(error)}`
  }
}
