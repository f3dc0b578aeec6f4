import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClaimedAddress } from './addresses.ts'
import { newAuthority } from './certificates.ts'
import type { ChallengeDns } from './challenge-dns.ts'
import { startChallengeDns } from './challenge-dns.ts'
import { startDaemon } from './daemon.ts'
import type { HttpsAnswer } from './https-request.ts'
import { httpsRequest } from './https-request.ts'
import type { Teardown } from './teardown.ts'
import { restartable, startPart } from './teardown.ts'
import { ensureTools } from './toolchain.ts'

export interface AcmeOptions {
  /** Pebble's strict mode: refuses what RFC 8555 merely discourages. Default true. */
  readonly strict?: boolean
  /** How many good nonces are refused all the same. Default 5, as Pebble itself. */
  readonly nonceRejectPercent?: number
  /** How often a valid authorization is used again. Default 0, so that each order has its challenges. */
  readonly authzReusePercent?: number
  /** Key id to base64url HMAC key. For external account bindings. */
  readonly eabKeys?: Readonly<Record<string, string>>
  /** Whether new accounts need a binding. Default: when there are `eabKeys`. */
  readonly eabRequired?: boolean
  /** Profile name to the validity of its certificates in seconds. Default: one, `default`, of five years. */
  readonly profiles?: Readonly<Record<string, number>>
  /** Whether the first name of a certificate becomes its common name, as at CAs of the older kind; of `profiles` only. Default false. */
  readonly promoteCommonName?: boolean
  /** How many other chains are offered. Default 0. */
  readonly alternateRoots?: number
  /** Default true; false gives validations that take up to five seconds. */
  readonly validateWithoutSleeping?: boolean
  /** Seconds that it asks clients to wait, as a number or as a date, at random. Default: it does not say. */
  readonly retryAfter?: { readonly authz?: number; readonly order?: number }
  /** What names resolve to by default. Default: the address of this testbed's ingress controller. */
  readonly ingressAddress?: string
  /** The DNS server that it asks (`address:port`). Default: one of its own, `dns`. */
  readonly dnsServer?: string
  /** Where challenges are looked for. Default 80 and 443. */
  readonly httpPort?: number
  readonly tlsPort?: number
  readonly domainBlocklist?: readonly string[]
  /** Another Pebble than that of the testbed. */
  readonly program?: string
}

/** Pebble, with a DNS of its own. It forgets everything when it is restarted. */
export interface AcmeServer {
  readonly directoryUrl: string
  /** PEM of the CA of Pebble's own HTTPS: the `caBundle` of an Issuer. */
  readonly caPem: string
  readonly managementUrl: string
  readonly dns: ChallengeDns
  readonly logFile: string
  /** PEM of the roots of the chains it issues, the default one first. */
  readonly roots: () => Promise<readonly string[]>
  /** What it knows about a serial number (hexadecimal). */
  readonly certificateStatus: (serial: string) => Promise<'Valid' | 'Revoked' | 'unknown'>
  /** From now on answers questions for the renewal info (RFC 9773) of this certificate (PEM) with this text. */
  readonly setRenewalInfo: (certificate: string, answer: string) => Promise<void>
  /** Ends it; clients find nobody listening. */
  readonly stop: () => Promise<void>
  /** A new life on the same address: no accounts, no orders, other roots. */
  readonly restart: () => Promise<void>
}

export interface AcmeSite {
  readonly folder: string
  readonly claimed: ClaimedAddress
  readonly teardown: Teardown
  readonly ingressAddress: string
}

/** Starts Pebble and pebble-challtestsrv as its DNS. `name` tells the servers of one testbed apart. */
export async function startAcme(site: AcmeSite, name: string, options: AcmeOptions): Promise<AcmeServer> {
  const { folder, claimed, teardown } = site
  const { address } = claimed
  const pebble = options.program ?? (await ensureTools(['pebble'])).pebble
  const [acmePort = 0, managementPort = 0] = await claimed.freePorts(2)
  const authority = await newAuthority(`${name}-tls-ca`)
  const ca = authority.certificate
  const tls = await authority.sign(`CN=${name}`, [address, 'localhost', 'pebble'])
  const file = (extension: string): string => join(folder, `${name}.${extension}`)
  await writeFile(file('crt'), tls.certificate)
  await writeFile(file('key'), tls.privateKey, { mode: 0o600 })
  const listen = { acme: `${address}:${acmePort}`, management: `${address}:${managementPort}` }
  await writeFile(file('json'), JSON.stringify(pebbleConfig(options, listen, { certificate: file('crt'), privateKey: file('key') })))

  const { dns, daemon } = await startChallengeDns(claimed, { name, folder, defaultAddress: options.ingressAddress ?? site.ingressAddress })
  await startPart(teardown, Promise.resolve(daemon))
  const directoryUrl = `https://${listen.acme}/dir`
  const logFile = join(folder, 'logs', `${name}.log`)
  const server = restartable(teardown, () =>
    startDaemon({
      name,
      logFile,
      command: [pebble, `-config=${file('json')}`, `-strict=${options.strict ?? true}`, `-dnsserver=${options.dnsServer ?? dns.server}`],
      env: pebbleEnvironment(options),
      isReady: async () => (await httpsRequest(directoryUrl, { ca })).status === 200,
    }),
  )
  await server.start()
  const manage = (path: string, body?: object): Promise<HttpsAnswer> =>
    httpsRequest(`https://${listen.management}${path}`, {
      ca,
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    })
  return {
    directoryUrl,
    caPem: ca,
    managementUrl: `https://${listen.management}`,
    dns,
    logFile,
    ...managementOf(manage, options.alternateRoots ?? 0),
    stop: () => server.stop(),
    restart: async () => {
      await server.stop()
      await server.start()
    },
  }
}

function pebbleConfig(
  options: AcmeOptions,
  listen: { readonly acme: string; readonly management: string },
  tls: { readonly certificate: string; readonly privateKey: string },
): object {
  const profiles = Object.entries(options.profiles ?? {}).map(([name, seconds]) => [
    name,
    { description: `valid for ${seconds} seconds`, validityPeriod: seconds, promoteCommonName: options.promoteCommonName ?? false },
  ])
  return {
    pebble: {
      listenAddress: listen.acme,
      managementListenAddress: listen.management,
      ...tls,
      httpPort: options.httpPort ?? 80,
      tlsPort: options.tlsPort ?? 443,
      keyAlgorithm: 'ecdsa',
      externalAccountBindingRequired: options.eabRequired ?? options.eabKeys !== undefined,
      externalAccountMACKeys: options.eabKeys ?? {},
      domainBlocklist: options.domainBlocklist ?? [],
      profiles: Object.fromEntries(profiles),
      retryAfter: options.retryAfter ?? {},
    },
  }
}

function pebbleEnvironment(options: AcmeOptions): Record<string, string> {
  return {
    PEBBLE_WFE_NONCEREJECT: String(options.nonceRejectPercent ?? 5),
    PEBBLE_AUTHZREUSE: String(options.authzReusePercent ?? 0),
    PEBBLE_ALTERNATE_ROOTS: String(options.alternateRoots ?? 0),
    PEBBLE_VA_NOSLEEP: (options.validateWithoutSleeping ?? true) ? '1' : '0',
  }
}

function managementOf(
  manage: (path: string, body?: object) => Promise<HttpsAnswer>,
  alternateRoots: number,
): Pick<AcmeServer, 'roots' | 'certificateStatus' | 'setRenewalInfo'> {
  return {
    roots: () => Promise.all(Array.from({ length: alternateRoots + 1 }, async (_, index) => expectOk(await manage(`/roots/${index}`)))),
    certificateStatus: async (serial) => {
      const answer = await manage(`/cert-status-by-serial/${serial}`)
      if (answer.status === 404) return 'unknown'
      return (JSON.parse(expectOk(answer)) as { Status: 'Valid' | 'Revoked' }).Status
    },
    setRenewalInfo: async (certificate, answer) =>
      void expectOk(await manage('/set-renewal-info/', { Certificate: certificate, ARIResponse: answer })),
  }
}

function expectOk({ status, body }: HttpsAnswer): string {
  if (status !== 200) throw new Error(`Pebble answered ${status}: ${body}`)
  return body
}
