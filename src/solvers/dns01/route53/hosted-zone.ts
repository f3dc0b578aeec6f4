import { ListHostedZonesByNameCommand } from '@aws-sdk/client-route-53'
import type { HostedZone, Route53Client } from '@aws-sdk/client-route-53'
import { OperatorError } from '../../../lib/operator-error.ts'
import type { TxtRecord } from '../dns-provider.ts'
import { zoneCandidates } from '../zone-candidates.ts'

/** Zones of one name follow each other in the list; nobody has more of them. */
const PAGE = 100

/** The ID of the public zone that holds a record. */
export async function hostedZoneId(client: Route53Client, record: TxtRecord, signal: AbortSignal): Promise<string> {
  const candidates = zoneCandidates(record)
  for (const candidate of candidates) {
    const [first, second] = await publicZones(client, candidate, signal)
    if (second !== undefined)
      throw new OperatorError(
        'dns01/configuration',
        `Route 53 has several public hosted zones named ${candidate}: say which one by route53.hostedZoneID`,
      )
    if (first?.Id !== undefined) return first.Id.replace(/^\/hostedzone\//, '')
  }
  throw new OperatorError(
    'dns01/notFound',
    `Route 53 has no public hosted zone for ${record.name} that these credentials may list: looked for ${candidates.join(', ')}`,
  )
}

async function publicZones(client: Route53Client, name: string, signal: AbortSignal): Promise<readonly HostedZone[]> {
  const command = new ListHostedZonesByNameCommand({ DNSName: name, MaxItems: PAGE })
  const { HostedZones: zones = [] } = await client.send(command, { abortSignal: signal })
  return zones.filter((zone) => zone.Name === `${name}.` && zone.Config?.PrivateZone !== true)
}
