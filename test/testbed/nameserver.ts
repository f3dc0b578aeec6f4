import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClaimedAddress } from './addresses.ts'
import { startDaemon } from './daemon.ts'
import type { Restartable, Teardown } from './teardown.ts'
import { restartable } from './teardown.ts'
import { ensureTools } from './toolchain.ts'

export interface NameserverOptions {
  readonly zones: Readonly<Record<string, NameserverZone>>
  readonly keys?: readonly NameserverKey[]
  /** Whether it knows that there is nothing else in the world; without that it refuses questions about the rest. Default true. */
  readonly hasRoot?: boolean
}

export interface NameserverZone {
  /** More lines of its file, besides SOA and the server's own NS record. */
  readonly records?: readonly string[]
  /** Names of the keys with which updates must be signed; `anybody` needs none. */
  readonly updates: readonly string[] | 'anybody'
}

export interface NameserverKey {
  readonly name: string
  /** As BIND calls it, `hmac-sha256`. */
  readonly algorithm: string
  /** Base64. */
  readonly secret: string
}

/**
 * BIND, the primary server of some zones on port 53, which takes dynamic updates. To recursive questions it follows CNAMEs from zone to
 * zone, as the resolver of a CA does; what is in none of the zones does not exist.
 */
export interface Nameserver extends Restartable {
  readonly address: string
  /** `address:53` */
  readonly server: string
  readonly logFile: string
  /** How many questions it has been asked since its start, by the type of record; without one: of all. Updates do not count. */
  readonly questions: (type?: string) => Promise<number>
  /** From now on it has this zone too. It is restarted for that, which loses nothing. */
  readonly addZone: (name: string, zone: NameserverZone) => Promise<void>
}

/** Starts BIND. `name` tells the servers of one testbed apart; each needs an address of its own. */
export async function startNameserver(
  site: { readonly folder: string; readonly claimed: ClaimedAddress; readonly teardown: Teardown },
  name: string,
  options: NameserverOptions,
): Promise<Nameserver> {
  const { bind } = await ensureTools(['bind'])
  const { address, freePorts } = site.claimed
  const [statisticsPort = 0] = await freePorts(1)
  const folder = join(site.folder, name)
  await mkdir(folder, { recursive: true })
  const zones: Record<string, NameserverZone> = { ...(options.hasRoot === false ? {} : { '.': { updates: [] } }), ...options.zones }
  const writeZone = (zone: string, { records = [] }: NameserverZone) => writeFile(fileOf(folder, zone), zoneFile(address, records))
  const configure = (all: NameserverOptions['zones']) =>
    writeFile(join(folder, 'named.conf'), configuration(folder, { address, statisticsPort }, { ...options, zones: all }))
  for (const [zone, of] of Object.entries(zones)) await writeZone(zone, of)
  await configure(zones)
  const logFile = join(site.folder, 'logs', `${name}.log`)
  const statistics = `http://${address}:${statisticsPort}/json/v1`
  const server = restartable(site.teardown, () =>
    startDaemon({
      name,
      logFile,
      folder,
      command: [join(bind, 'usr', 'sbin', 'named'), '-g', '-4', '-n', '1', '-c', join(folder, 'named.conf')],
      env: { LD_LIBRARY_PATH: join(bind, 'usr', 'lib', `${architectures[process.arch] ?? process.arch}-linux-gnu`) },
      isReady: async () => (await fetch(`${statistics}/status`)).ok,
    }),
  )
  await server.start()
  return {
    address,
    server: `${address}:53`,
    logFile,
    questions: (type) => questionsIn(statistics, type),
    addZone: async (zone, of) => {
      zones[zone] = of
      await writeZone(zone, of)
      await configure(zones)
      await server.stop()
      await server.start()
    },
    ...server,
  }
}

async function questionsIn(statistics: string, type: string | undefined): Promise<number> {
  const { qtypes = {} } = (await (await fetch(`${statistics}/server`)).json()) as { readonly qtypes?: Readonly<Record<string, number>> }
  return type === undefined ? Object.values(qtypes).reduce((sum, each) => sum + each, 0) : (qtypes[type] ?? 0)
}

const architectures: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' }

function fileOf(folder: string, zone: string): string {
  return join(folder, `zone-${zone}`)
}

function zoneFile(address: string, lines: readonly string[]): string {
  return ['$TTL 30', '@ IN SOA ns1 hostmaster ( 1 3600 600 86400 30 )', '@ IN NS ns1', `ns1 IN A ${address}`, ...lines, ''].join('\n')
}

function configuration(
  folder: string,
  { address, statisticsPort }: { readonly address: string; readonly statisticsPort: number },
  { zones, keys = [] }: NameserverOptions,
): string {
  const allowed = ({ updates }: NameserverZone): string =>
    updates === 'anybody' ? 'any;' : updates.map((name) => `key "${name}"; `).join('') || 'none;'
  return `
options {
  directory "${folder}";
  pid-file none;
  session-keyfile none;
  listen-on port 53 { ${address}; };
  listen-on-v6 { none; };
  recursion yes;
  allow-recursion { any; };
  dnssec-validation no;
  empty-zones-enable no;
  max-cache-size 16m;
  check-names primary ignore;
};
controls { };
statistics-channels { inet ${address} port ${statisticsPort}; };
${keys.map(({ name, algorithm, secret }) => `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };`).join('\n')}
${Object.entries(zones)
  .map(([name, zone]) => `zone "${name}" { type primary; file "${fileOf(folder, name)}"; allow-update { ${allowed(zone)} }; };`)
  .join('\n')}
`
}
