import type { Rfc2136 } from '../../../crds/dns01-solver.ts'
import { normalName } from '../../../dns/name.ts'
import { parseServerAddress } from '../../../dns/server-address.ts'
import type { TsigAlgorithm, TsigKey } from '../../../dns/tsig.ts'
import type { UpdateTarget } from '../../../dns/update-txt.ts'
import { updateTxt } from '../../../dns/update-txt.ts'
import { systemClock } from '../../../lib/clock.ts'
import { OperatorError } from '../../../lib/operator-error.ts'
import { Redacted } from '../../../lib/redacted.ts'
import type { DnsProvider, OpenDnsProvider, ProviderAccess, TxtRecord } from '../dns-provider.ts'

const TIME_TO_LIVE = 60

/** A DNS server that takes dynamic updates (RFC 2136), signed by TSIG (RFC 8945) or not at all. */
export const openRfc2136: OpenDnsProvider<Rfc2136> = async (config, access, signal): Promise<DnsProvider> => {
  const server = parseServerAddress(config.nameserver)
  if (server?.kind !== 'plain') throw misconfigured(`nameserver ${JSON.stringify(config.nameserver)} is neither host nor host:port`)
  const target: UpdateTarget = { server, protocol: config.protocol ?? 'UDP', key: await keyOf(config, access, signal) }
  const send = (record: TxtRecord, change: Parameters<typeof updateTxt>[1]['change'], stop: AbortSignal): Promise<void> =>
    updateTxt(target, { zone: record.zone, name: record.name, value: record.value, change }, systemClock.now(), stop)
  return {
    publish: (record, stop) => send(record, { kind: 'add', ttl: TIME_TO_LIVE }, stop),
    withdraw: (record, stop) => send(record, { kind: 'remove' }, stop),
  }
}

async function keyOf(config: Rfc2136, access: ProviderAccess, signal: AbortSignal): Promise<TsigKey | undefined> {
  const { tsigKeyName = '', tsigSecretSecretRef: ref, tsigAlgorithm } = config
  const name = normalName(tsigKeyName)
  if (name === '' || ref === undefined) return undefined
  const algorithm = algorithmOf(tsigAlgorithm)
  if (algorithm === undefined) throw misconfigured(`tsigAlgorithm ${JSON.stringify(tsigAlgorithm)} is none of ${algorithms.join(', ')}`)
  const { name: secretName, key = '' } = ref
  const encoded = (await access.secret({ name: secretName, key }, signal)).reveal().trim()
  const secret = Buffer.from(encoded, 'base64')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded) || secret.length === 0) {
    const place = `Secret ${access.namespace}/${secretName}, key ${JSON.stringify(key)}`
    throw misconfigured(`${place}: the TSIG key is not base64, as tsig-keygen prints it`)
  }
  return { name, algorithm, secret: new Redacted(secret) }
}

const algorithms: readonly TsigAlgorithm[] = ['HMACMD5', 'HMACSHA1', 'HMACSHA256', 'HMACSHA512']

/** Upper and lower case are the same; HMACMD5 when nothing is said, as in the API since its beginning. */
function algorithmOf(text = ''): TsigAlgorithm | undefined {
  return text === '' ? 'HMACMD5' : algorithms.find((known) => known === text.toUpperCase())
}

function misconfigured(why: string): OperatorError {
  return new OperatorError('dns01/misconfigured', why)
}
