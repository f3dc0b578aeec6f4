import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClaimedAddress } from './addresses.ts'
import { startDaemon } from './daemon.ts'
import type { Restartable, Teardown } from './teardown.ts'
import { restartable } from './teardown.ts'
import { ensureTools } from './toolchain.ts'

export interface NameserverOptions {
  /** Zones, with more lines for each than its SOA and NS records. */
  readonly zones: Readonly<Record<string, readonly string[]>>
  readonly keys?: readonly NameserverKey[]
  /** Which updates are taken: those signed with one of the keys (the default), all, or none. */
  readonly updates?: 'signed' | 'all' | 'none'
}

export interface NameserverKey {
  readonly name: string
  /** As BIND calls it, `hmac-sha256`. */
  readonly algorithm: string
  /** Base64. */
  readonly secret: string
}

/** BIND, the primary server of some zones on port 53, which takes dynamic updates. It answers for nothing else. */
export interface Nameserver extends Restartable {
  readonly address: string
  /** `address:53` */
  readonly server: string
  readonly logFile: string
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
  for (const [zone, lines] of Object.entries(options.zones)) await writeFile(join(folder, zone), zoneFile(address, lines))
  await writeFile(join(folder, 'named.conf'), configuration(folder, { address, statisticsPort }, options))
  const logFile = join(site.folder, 'logs', `${name}.log`)
  const server = restartable(site.teardown, () =>
    startDaemon({
      name,
      logFile,
      folder,
      command: [join(bind, 'usr', 'sbin', 'named'), '-g', '-4', '-n', '1', '-c', join(folder, 'named.conf')],
      env: { LD_LIBRARY_PATH: join(bind, 'usr', 'lib', `${architectures[process.arch] ?? process.arch}-linux-gnu`) },
      isReady: async () => (await fetch(`http://${address}:${statisticsPort}/json/v1/status`)).ok,
    }),
  )
  await server.start()
  return { address, server: `${address}:53`, logFile, ...server }
}

const architectures: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' }

function zoneFile(address: string, lines: readonly string[]): string {
  return ['$TTL 30', '@ IN SOA ns1 hostmaster ( 1 3600 600 86400 30 )', '@ IN NS ns1', `ns1 IN A ${address}`, ...lines, ''].join('\n')
}

function configuration(
  folder: string,
  { address, statisticsPort }: { readonly address: string; readonly statisticsPort: number },
  { zones, keys = [], updates = 'signed' }: NameserverOptions,
): string {
  const allowed = { all: 'any;', none: 'none;', signed: keys.map(({ name }) => `key "${name}"; `).join('') || 'none;' }[updates]
  return `
options {
  directory "${folder}";
  pid-file none;
  session-keyfile none;
  listen-on port 53 { ${address}; };
  listen-on-v6 { none; };
  recursion no;
  dnssec-validation no;
  empty-zones-enable no;
  max-cache-size 16m;
  check-names primary ignore;
};
controls { };
statistics-channels { inet ${address} port ${statisticsPort}; };
${keys.map(({ name, algorithm, secret }) => `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };`).join('\n')}
${Object.keys(zones)
  .map((zone) => `zone "${zone}" { type primary; file "${join(folder, zone)}"; allow-update { ${allowed} }; };`)
  .join('\n')}
`
}
