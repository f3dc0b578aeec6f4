import { ListResourceRecordSetsCommand } from '@aws-sdk/client-route-53'
import type { ResourceRecordSet, Route53Client } from '@aws-sdk/client-route-53'

/** Route 53 lists by name and type, in pages of at most 300: more TXT record sets than that no name has. */
const PAGE = 300

/** The TXT record sets of one name. */
export async function recordSetsAt(
  client: Route53Client,
  { id, name }: { readonly id: string; readonly name: string },
  signal: AbortSignal,
): Promise<readonly ResourceRecordSet[]> {
  const command = new ListResourceRecordSetsCommand({
    HostedZoneId: id,
    StartRecordName: `${name}.`,
    StartRecordType: 'TXT',
    MaxItems: PAGE,
  })
  const { ResourceRecordSets: sets = [] } = await client.send(command, { abortSignal: signal })
  return sets.filter((set) => set.Type === 'TXT' && set.Name?.toLowerCase() === `${name}.`)
}
