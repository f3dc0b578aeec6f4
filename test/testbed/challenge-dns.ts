import { join } from 'node:path'
import type { ClaimedAddress } from './addresses.ts'
import type { Daemon } from './daemon.ts'
import { startDaemon } from './daemon.ts'
import { ensureTools } from './toolchain.ts'

/** The DNS in which the ACME server looks names up. Names may be given with or without the dot at their end. */
export interface ChallengeDns {
  /** Where it answers queries (UDP and TCP), as `address:port`. */
  readonly server: string
  /** What every name without records of its own resolves to; an empty address: to nothing. */
  readonly setDefaultA: (address: string) => Promise<void>
  readonly setA: (name: string, addresses: readonly string[]) => Promise<void>
  readonly setAaaa: (name: string, addresses: readonly string[]) => Promise<void>
  /** Adds a TXT value to those that the name has. */
  readonly setTxt: (name: string, value: string) => Promise<void>
  readonly clearTxt: (name: string) => Promise<void>
  readonly addCname: (name: string, target: string) => Promise<void>
  /** `policies` as in `{ tag: 'issue', value: 'ca.example' }` (RFC 8659). */
  readonly setCaa: (name: string, policies: readonly { readonly tag: string; readonly value: string }[]) => Promise<void>
  /** Answers every query for the name with SERVFAIL. */
  readonly setServfail: (name: string) => Promise<void>
  /** Forgets everything about the name. */
  readonly clear: (name: string) => Promise<void>
}

/** Starts pebble-challtestsrv as a DNS server that answers A queries with `defaultAddress` unless told otherwise, and AAAA with nothing. */
export async function startChallengeDns(
  claimed: ClaimedAddress,
  { name, folder, defaultAddress }: { readonly name: string; readonly folder: string; readonly defaultAddress: string },
): Promise<{ readonly dns: ChallengeDns; readonly daemon: Daemon }> {
  const { 'pebble-challtestsrv': program } = await ensureTools(['pebble-challtestsrv'])
  const [dnsPort = 0, managementPort = 0] = await claimed.freePorts(2)
  const server = `${claimed.address}:${dnsPort}`
  const management = `${claimed.address}:${managementPort}`
  const daemon = await startDaemon({
    name: `${name} DNS`,
    logFile: join(folder, 'logs', `${name}-dns.log`),
    command: [
      program,
      `-dnsserver=${server}`,
      `-management=${management}`,
      `-defaultIPv4=${defaultAddress}`,
      '-defaultIPv6=',
      ...['http01', 'https01', 'tlsalpn01', 'doh'].map((unused) => `-${unused}=`),
    ],
    isReady: async () => (await fetch(`http://${management}/dns-request-history`, { method: 'POST', body: '{"host":"ready.test"}' })).ok,
  })
  return { daemon, dns: dnsOver((path, body) => post(`http://${management}/${path}`, body), server) }
}

function dnsOver(send: (path: string, body: object) => Promise<void>, server: string): ChallengeDns {
  return {
    server,
    setDefaultA: (address) => send('set-default-ipv4', { ip: address }),
    setA: (name, addresses) => send('add-a', { host: fqdn(name), addresses }),
    setAaaa: (name, addresses) => send('add-aaaa', { host: fqdn(name), addresses }),
    setTxt: (name, value) => send('set-txt', { host: fqdn(name), value }),
    clearTxt: (name) => send('clear-txt', { host: fqdn(name) }),
    addCname: (name, target) => send('set-cname', { host: fqdn(name), target: fqdn(target) }),
    setCaa: (name, policies) => send('add-caa', { host: fqdn(name), policies }),
    setServfail: (name) => send('set-servfail', { host: fqdn(name) }),
    clear: async (name) => {
      for (const kind of ['a', 'aaaa', 'txt', 'cname', 'caa', 'servfail']) await send(`clear-${kind}`, { host: fqdn(name) })
    },
  }
}

function fqdn(name: string): string {
  return name.endsWith('.') ? name : `${name}.`
}

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
}
