import { ask } from '../../dns/ask.ts'
import type { DnsMessage } from '../../dns/message.ts'
import { isDefinite, rcodeName } from '../../dns/message.ts'
import type { Resolver } from '../../dns/resolver.ts'
import type { ServerAddress } from '../../dns/server-address.ts'
import { showServerAddress } from '../../dns/server-address.ts'
import { OperatorError } from '../../lib/operator-error.ts'

/** What is looked for, and where. */
export interface Sought {
  readonly name: string
  /** What is missing in the TXT values of a name; undefined: nothing. */
  readonly judge: (values: readonly string[], name: string) => Shortcoming | undefined
}

export interface Shortcoming {
  /** What the server has instead, in words that follow on its name. */
  readonly why: string
  /** Only the CA can tell whether what is there will do. */
  readonly isUnclear?: true
}

/** What one server shows. */
export interface ServerView {
  readonly kind: 'has' | 'lacks' | 'unclear' | 'unseen'
  /** What it is, in a sentence for people. */
  readonly why: string
}

/** A server of a zone; it may have several addresses. */
interface AuthoritativeServer {
  readonly name: string
  readonly addresses: readonly string[]
}

/** One zone rarely has more than six, and who writes a zone decides whom we ask. */
const MOST_SERVERS = 16
const MOST_ADDRESSES = 4
const DNS_PORT = 53

/** Looks for exactly this value, among others. */
export function exactly(value: string): Sought['judge'] {
  return (values, name) => {
    if (values.includes(value)) return undefined
    return {
      why: values.length === 0 ? `has no TXT record ${name}` : `has the TXT record ${name}, but not yet with the value of this challenge`,
    }
  }
}

/** Asks every authoritative server of a zone, all at once. Throws `dns/noAnswer` when they cannot even be found. */
export async function viewAtAuthority(
  resolver: Resolver,
  zone: string,
  sought: Sought,
  signal: AbortSignal,
): Promise<readonly ServerView[]> {
  const servers = await authoritativeServers(resolver, zone, signal)
  return Promise.all(servers.map((server) => viewAtServer(server, sought, signal)))
}

/** Asks recursive servers, all at once: for networks that cannot ask anybody else, or must not. */
export async function viewAtResolvers({ servers }: Resolver, sought: Sought, signal: AbortSignal): Promise<readonly ServerView[]> {
  return Promise.all(servers.map((server) => viewAt(server, { ...sought, isRecursive: true }, showServerAddress(server), signal)))
}

async function authoritativeServers(resolver: Resolver, zone: string, signal: AbortSignal): Promise<readonly AuthoritativeServer[]> {
  const { answers } = await resolver.ask({ name: zone, type: 'NS' }, signal)
  const names = answers.flatMap((record) => (record.type === 'NS' ? [record.target] : [])).slice(0, MOST_SERVERS)
  return Promise.all(
    names.map(async (name) => {
      const families = await Promise.all((['A', 'AAAA'] as const).map((type) => addressesOf(resolver, name, type, signal)))
      return { name, addresses: families.flat().slice(0, MOST_ADDRESSES) }
    }),
  )
}

async function addressesOf(resolver: Resolver, name: string, type: 'A' | 'AAAA', signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { answers } = await resolver.ask({ name, type }, signal)
    return answers.flatMap((record) => (record.type === 'A' || record.type === 'AAAA' ? [record.address] : []))
  } catch (error) {
    // The other family, or another server, may do.
    if (error instanceof OperatorError) return []
    throw error
  }
}

/** A server counts by what it shows at those of its addresses that answer: many networks have no IPv6. */
async function viewAtServer({ name, addresses }: AuthoritativeServer, sought: Sought, signal: AbortSignal): Promise<ServerView> {
  if (addresses.length === 0) return { kind: 'unseen', why: `${name} has no address` }
  const views = await Promise.all(
    addresses.map((host) =>
      viewAt({ kind: 'plain', host, port: DNS_PORT }, { ...sought, isRecursive: false }, `${name} (${host})`, signal),
    ),
  )
  const [worst] = ['lacks', 'unclear', 'has', 'unseen'].flatMap((kind) => views.find((view) => view.kind === kind) ?? [])
  return worst ?? { kind: 'unseen', why: `${name} has no address` }
}

async function viewAt(
  server: ServerAddress,
  sought: Sought & { readonly isRecursive: boolean },
  label: string,
  signal: AbortSignal,
): Promise<ServerView> {
  try {
    return viewIn(await ask({ name: sought.name, type: 'TXT', isRecursive: sought.isRecursive }, server, signal), sought, label)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    const prefix = `${showServerAddress(server)}: `
    const why = error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message
    return { kind: 'unseen', why: `${label}: ${why}` }
  }
}

function viewIn(answer: DnsMessage, { name, judge, isRecursive }: Sought & { readonly isRecursive: boolean }, label: string): ServerView {
  const values = answer.answers.flatMap((record) => (record.type === 'TXT' ? [record.value] : []))
  const shortcoming = judge(values, name)
  if (shortcoming === undefined) return { kind: 'has', why: `${label} has the TXT record ${name}` }
  if (!isDefinite(answer)) return { kind: 'unseen', why: `${label}: ${rcodeName(answer.rcode)}` }
  // A referral, or what somebody remembers.
  if (!isRecursive && !answer.isAuthoritative) return { kind: 'unseen', why: `${label} does not serve the zone` }
  return { kind: shortcoming.isUnclear === true ? 'unclear' : 'lacks', why: `${label} ${shortcoming.why}` }
}
