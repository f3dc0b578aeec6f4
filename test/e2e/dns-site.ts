import { afterAll, beforeAll } from 'vitest'
import type { AcmeIssuer, AcmeSolver, Dns01Solver } from '../../src/crds/issuer.ts'
import { ask } from '../../src/dns/ask.ts'
import { parseServerAddress } from '../../src/dns/server-address.ts'
import type { AcmeServer } from '../testbed/acme-server.ts'
import type { Nameserver, NameserverOptions } from '../testbed/nameserver.ts'
import type { OperatorOptions } from '../testbed/operator.ts'
import { startSilentNameserver } from '../testbed/silent-nameserver.ts'
import { operatorUnderTest } from './operator-under-test.ts'
import type { OperatorUnderTest } from './operator-under-test.ts'

/** A cluster beside an ACME server that looks names up in a DNS server which takes updates. */
export interface DnsSite {
  readonly underTest: OperatorUnderTest
  readonly acme: AcmeServer
  readonly nameserver: Nameserver
  /** Another server, which is told nothing by the first. Anybody may update its zones. */
  readonly second: Nameserver
  readonly start: (options?: OperatorOptions) => ReturnType<OperatorUnderTest['start']>
  /** `spec.acme` of an issuer for this ACME server. */
  readonly issuerSpec: (solvers: readonly AcmeSolver[]) => { readonly acme: AcmeIssuer }
}

export interface DnsSiteOptions {
  readonly zonesOfSecond: readonly string[]
  /** `silentAddress` is that of a server which answers nothing. */
  readonly first: (second: Nameserver, silentAddress: string) => NameserverOptions
}

/** Gives a test file such a site. The file starts its operators itself. */
export function dnsSite(name: string, { zonesOfSecond, first }: DnsSiteOptions): () => DnsSite {
  const underTest = operatorUnderTest({ name, startsOwn: true })
  let site: DnsSite | undefined
  let silent: Disposable | undefined
  beforeAll(async () => {
    const { testbed, start } = underTest()
    const second = await testbed.startNameserver({
      zones: Object.fromEntries(zonesOfSecond.map((zone) => [zone, { updates: 'anybody' }])),
    })
    const { address: silentAddress } = await testbed.claimPodAddress()
    silent = await startSilentNameserver(silentAddress)
    const nameserver = await testbed.startNameserver(first(second, silentAddress))
    const acme = await testbed.startAcme({ dnsServer: nameserver.server })
    const flags = [`--dns01-recursive-nameservers=${nameserver.server}`]
    site = {
      underTest: underTest(),
      acme,
      nameserver,
      second,
      start: (given = {}) => start({ ...given, flags: [...flags, ...(given.flags ?? [])] }),
      issuerSpec: (solvers) => ({
        acme: {
          server: acme.directoryUrl,
          caBundle: Buffer.from(acme.caPem).toString('base64'),
          privateKeySecretRef: { name: 'account' },
          solvers,
        },
      }),
    }
  })
  afterAll(() => silent?.[Symbol.dispose]())
  return () => {
    if (site === undefined) throw new Error('the site starts in beforeAll: call this within a test or a hook')
    return site
  }
}

/** The TXT values that a DNS server has at a name. */
export async function txtValuesAt(server: Nameserver, name: string): Promise<readonly string[]> {
  const address = parseServerAddress(server.server)
  if (address === undefined) throw new Error(`${server.server} is no address`)
  const { answers } = await ask({ name, type: 'TXT', isRecursive: false }, address, new AbortController().signal)
  return answers.flatMap((record) => (record.type === 'TXT' ? [record.value] : []))
}

/** A solver by RFC 2136 with this key, whose secret is in the Secret of the same name. */
export function updatesSignedBy(nameserver: Nameserver, keyName: string): NonNullable<Dns01Solver['rfc2136']> {
  return {
    nameserver: nameserver.server,
    tsigKeyName: keyName,
    tsigAlgorithm: 'HMACSHA256',
    tsigSecretSecretRef: { name: keyName, key: 'tsig' },
  }
}
