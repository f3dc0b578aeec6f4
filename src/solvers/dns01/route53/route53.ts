import { Route53Client, ChangeResourceRecordSetsCommand, GetChangeCommand } from '@aws-sdk/client-route-53'
import type { Change } from '@aws-sdk/client-route-53'
import type { Route53 } from '../../../crds/dns01-solver.ts'
import { boundedMap } from '../../../lib/bounded-map.ts'
import type { OpenDnsProvider, TxtRecord } from '../dns-provider.ts'
import { asOperatorError, isNamed } from './aws-error.ts'
import { awsClientConfig } from './aws-client-config.ts'
import type { AwsEndpoint } from './aws-client-config.ts'
import { awsCredentials } from './aws-credentials.ts'
import { hostedZoneId } from './hosted-zone.ts'
import { deletionOf, joining, leaving, upsertOf } from './record-changes.ts'
import { recordSetsAt } from './record-sets.ts'

/** One for each challenge under way, and more than any cluster has. */
const MOST_CHANGES = 10_000

/** Amazon Route 53. */
export const openRoute53: OpenDnsProvider<Route53> = route53With({})

/**
 * The same with `endpoint` in place of all of AWS. The newest change of each record is remembered, so that it can be asked for; after a
 * restart DNS alone tells.
 */
export function route53With({ endpoint }: AwsEndpoint): OpenDnsProvider<Route53> {
  const newestChange = boundedMap<string, string>(MOST_CHANGES)
  return async (config, access, signal) => {
    const clientConfig = await awsClientConfig({ config, access, endpoint })
    const credentials = await awsCredentials({ config, access, clientConfig }, signal)
    const zone: ZoneAccess = { client: new Route53Client({ ...clientConfig, credentials }), givenId: config.hostedZoneID }
    return {
      publish: async (record, stop) => {
        const id = await publish(zone, record, stop)
        if (id !== undefined) newestChange.set(keyOf(record), id)
      },
      withdraw: (record, stop) => withdraw(zone, record, stop),
      isSettled: async (record, stop) => {
        const id = newestChange.get(keyOf(record))
        return id === undefined ? undefined : await isInSync(zone, id, stop)
      },
    }
  }
}

interface ZoneAccess {
  readonly client: Route53Client
  /** What the issuer says: Route 53 shows IDs with a path in front, and people copy that. */
  readonly givenId: string | undefined
}

function keyOf({ name, value }: TxtRecord): string {
  return `${name} ${value}`
}

/**
 * A record set of our value alone, one of many under the name (multivalue answer routing): nobody else's value can get lost, in whatever
 * order we write. Only where somebody keeps a plain record set there, which excludes the other kind, our value joins theirs.
 */
async function publish(zone: ZoneAccess, record: TxtRecord, signal: AbortSignal): Promise<string | undefined> {
  const asked = `publish ${record.name}`
  try {
    const id = await zoneIdOf(zone, record, signal)
    try {
      return await change(zone, { id, changes: [upsertOf(record)] }, signal)
    } catch (error) {
      if (!isNamed(error, 'InvalidChangeBatch')) throw error
      const changes = joining(await recordSetsAt(zone.client, { id, name: record.name }, signal), record)
      if (changes === undefined) throw error
      return await change(zone, { id, changes }, signal)
    }
  } catch (error) {
    throw asOperatorError(error, asked, signal)
  }
}

/** Without a look first: where the record set is as we made it, one request is enough. */
async function withdraw(zone: ZoneAccess, record: TxtRecord, signal: AbortSignal): Promise<void> {
  try {
    const id = await zoneIdOf(zone, record, signal)
    try {
      await change(zone, { id, changes: [deletionOf(record)] }, signal)
    } catch (error) {
      if (!isNamed(error, 'InvalidChangeBatch')) throw error
      await change(zone, { id, changes: leaving(await recordSetsAt(zone.client, { id, name: record.name }, signal), record) }, signal)
    }
  } catch (error) {
    throw asOperatorError(error, `withdraw ${record.name}`, signal)
  }
}

async function zoneIdOf({ client, givenId = '' }: ZoneAccess, record: TxtRecord, signal: AbortSignal): Promise<string> {
  const id = givenId.trim().replace(/^\/?hostedzone\//, '')
  return id === '' ? await hostedZoneId(client, record, signal) : id
}

async function change(
  { client }: ZoneAccess,
  { id, changes }: { readonly id: string; readonly changes: readonly Change[] },
  signal: AbortSignal,
): Promise<string | undefined> {
  if (changes.length === 0) return undefined
  const command = new ChangeResourceRecordSetsCommand({
    HostedZoneId: id,
    ChangeBatch: { Comment: 'ACME DNS-01 challenge', Changes: [...changes] },
  })
  const { ChangeInfo: info } = await client.send(command, { abortSignal: signal })
  return info?.Id
}

async function isInSync({ client }: ZoneAccess, id: string, signal: AbortSignal): Promise<boolean> {
  try {
    const { ChangeInfo: info } = await client.send(new GetChangeCommand({ Id: id }), { abortSignal: signal })
    return info?.Status === 'INSYNC'
  } catch (error) {
    throw asOperatorError(error, 'tell whether its servers have the record', signal)
  }
}
