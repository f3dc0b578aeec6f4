import type { Dns01Solver } from '../../crds/dns01-solver.ts'
import type { DnsProvider, OpenDnsProvider, ProviderAccess } from './dns-provider.ts'

/** What a `dns01` solver asks for, by the field that it sets. */
export type ProviderName = Exclude<keyof Dns01Solver, 'cnameStrategy' | 'nameservers'>

export type ProviderChoice =
  | {
      readonly kind: 'ok'
      readonly name: ProviderName
      /** Makes the provider of what the solver says. */
      readonly open: (access: ProviderAccess, signal: AbortSignal) => Promise<DnsProvider>
      /** Whether it may have no room for two values of one name at a time. */
      readonly isNarrow: boolean
    }
  | { readonly kind: 'none'; readonly why: string }

/** The provider that a solver names, not loaded yet. */
export function chooseProvider(dns01: Dns01Solver): ProviderChoice {
  const [first, second] = providers.flatMap((choose) => choose(dns01) ?? [])
  if (first === undefined) return { kind: 'none', why: 'the dns01 solver names no provider that this version supports' }
  if (second !== undefined && second.name !== 'acmeDNS')
    return { kind: 'none', why: `the dns01 solver names both ${first.name} and ${second.name}; it needs one provider` }
  return first
}

type Choose = (dns01: Dns01Solver) => Extract<ProviderChoice, { kind: 'ok' }> | undefined

/** A line of the table: the field of the solver, and where the provider is. */
function provider<Name extends ProviderName>(
  name: Name,
  load: () => Promise<OpenDnsProvider<NonNullable<Dns01Solver[Name]>>>,
  { isNarrow }: Pick<Extract<ProviderChoice, { kind: 'ok' }>, 'isNarrow'> = { isNarrow: false },
): Choose {
  return (dns01) => {
    const config = dns01[name]
    if (config === undefined) return undefined
    return { kind: 'ok', name, open: async (access, signal) => (await load())(config, access, signal), isNarrow }
  }
}

/**
 * Each is loaded when it is first used: an SDK costs memory that most clusters never need. The incumbent lets acmeDNS stand beside some
 * of the others and does not use it then, so it comes last.
 */
const providers: readonly Choose[] = [
  provider('akamai', async () => (await import('./akamai/akamai.ts')).openAkamai),
  provider('azureDNS', async () => (await import('./azure-dns/azure-dns.ts')).openAzureDns),
  provider('cloudDNS', async () => (await import('./cloud-dns/cloud-dns.ts')).openCloudDns),
  provider('cloudflare', async () => (await import('./cloudflare/cloudflare.ts')).openCloudflare),
  provider('digitalocean', async () => (await import('./digitalocean/digitalocean.ts')).openDigitalOcean),
  provider('rfc2136', async () => (await import('./rfc2136/rfc2136.ts')).openRfc2136),
  provider('route53', async () => (await import('./route53/route53.ts')).openRoute53),
  // Many replace the record, or have no room for a second value, as cert-manager asks them for one at a time.
  provider('webhook', async () => (await import('./webhook/webhook.ts')).openWebhook, { isNarrow: true }),
  // It keeps the last two values of an account, whether or not they are still needed.
  provider('acmeDNS', async () => (await import('./acme-dns/acme-dns.ts')).openAcmeDns, { isNarrow: true }),
]
