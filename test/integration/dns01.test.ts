import { beforeAll, describe, expect, test } from 'vitest'
import type { AnyIssuer } from '../../src/issuers/signer.ts'
import { serviceAccounts, secrets } from '../../src/kube/kinds.ts'
import { createResolver } from '../../src/dns/resolver.ts'
import type { ServerAddress } from '../../src/dns/server-address.ts'
import { providerAccess } from '../../src/solvers/dns01/provider-access.ts'
import { createProviderHttp } from '../../src/solvers/dns01/provider-http.ts'
import { exactly } from '../../src/solvers/dns01/propagation.ts'
import { lookForRecord } from '../../src/solvers/dns01/self-check.ts'
import type { ClusterClient } from '../testbed/cluster-client.ts'
import { openClusterClient } from '../testbed/cluster-client.ts'
import type { Nameserver } from '../testbed/nameserver.ts'
import { sharedTestbed } from '../testbed/shared.ts'

const testbed = sharedTestbed({ name: 'dns01-parts', installed: 'nothing' })
const VALUE = 'value-of-the-challenge'
const record = `_acme-challenge TXT ${VALUE}`

/** The first holds all zones; the second is another server of some, and knows more or less than the first. */
let first: Nameserver
let second: Nameserver
beforeAll(async () => {
  const silent = (await testbed().claimPodAddress()).address
  second = await testbed().startNameserver({
    zones: { 'both.example': { updates: [], records: [record] }, 'behind.example': { updates: [] } },
    hasRoot: false,
  })
  const beside = ['@ NS second', `second A ${second.address}`]
  first = await testbed().startNameserver({
    zones: {
      'alone.example': { updates: [], records: [record, '_acme-challenge.www CNAME _acme-challenge.both.example.'] },
      'both.example': { updates: [], records: [record, ...beside] },
      'behind.example': { updates: [], records: [record, ...beside] },
      'lame.example': { updates: [], records: [record, ...beside] },
      'closed.example': { updates: [], records: [record, '@ NS silent', `silent A ${silent}`] },
      'old.example': { updates: [], records: ['_acme-challenge TXT value-of-another'] },
      'homeless.example': { updates: [], records: [record, '@ NS nowhere.example.'] },
    },
  })
})

const look = (
  name: string,
  more: { readonly isRecursiveOnly?: boolean; readonly servers?: readonly ServerAddress[]; readonly publishedAt?: string } = {},
) => {
  const servers = more.servers ?? [{ kind: 'plain', host: first.address, port: 53 }]
  const asked = { sought: { name, judge: exactly(VALUE) }, publishedAt: more.publishedAt, resolver: createResolver(servers) }
  return lookForRecord({ ...asked, isRecursiveOnly: more.isRecursiveOnly ?? false }, new AbortController().signal)
}

describe('a look at every authoritative server', () => {
  test.each(['_acme-challenge.alone.example', '_acme-challenge.both.example', '_acme-challenge.www.alone.example'])(
    'finds %s',
    async (name) => {
      expect(await look(name)).toEqual({ kind: 'passed' })
    },
  )

  test.each<[what: string, name: string, isInconclusive: boolean, why: RegExp]>([
    ['a server that lacks the record', '_acme-challenge.behind.example', false, /^second\.behind\.example \(\S+\) has no TXT record \S+$/],
    [
      'a server that has the value of another challenge',
      '_acme-challenge.old.example',
      false,
      /^ns1\.old\.example .* not yet with the value/,
    ],
    ['a name that is not there', '_acme-challenge.not.alone.example', false, /^ns1\.alone\.example .* has no TXT record/],
    [
      'a server that does not serve the zone',
      '_acme-challenge.lame.example',
      true,
      /^second\.lame\.example .*(REFUSED|does not serve|SERVFAIL)/,
    ],
    ['a server at which nobody listens', '_acme-challenge.closed.example', true, /^silent\.closed\.example .*: connection refused$/],
    ['a server without an address', '_acme-challenge.homeless.example', true, /^nowhere\.example has no address$/],
    ['a name in no zone', '_acme-challenge.nobody', true, /^There is no zone for/],
  ])('names %s', async (_what, name, isInconclusive, why) => {
    expect(await look(name)).toEqual({ kind: 'failed', isInconclusive, why: expect.stringMatching(why) })
  })

  test('tells that the record was put where no CNAME leads', async () => {
    const name = '_acme-challenge.www.alone.example'
    const missing = {
      sought: { name, judge: exactly('other') },
      publishedAt: name,
      resolver: createResolver([{ kind: 'plain', host: first.address, port: 53 }]),
    }
    expect(await lookForRecord({ ...missing, isRecursiveOnly: false }, new AbortController().signal)).toMatchObject({
      why: expect.stringMatching(/lead to _acme-challenge\.both\.example: set cnameStrategy: Follow/),
    })
  })
})

describe('a look at resolvers only', () => {
  const servers = (): readonly ServerAddress[] => [first, second].map(({ address }) => ({ kind: 'plain', host: address, port: 53 }))
  test('passes when all of them have the record, and names one that has not', async () => {
    expect(await look('_acme-challenge.both.example', { isRecursiveOnly: true, servers: servers() })).toEqual({ kind: 'passed' })
    expect(await look('_acme-challenge.behind.example', { isRecursiveOnly: true, servers: servers() })).toMatchObject({
      isInconclusive: false,
      why: expect.stringContaining(second.address),
    })
  })

  test('leaves the authoritative servers alone', async () => {
    expect(await look('_acme-challenge.closed.example', { isRecursiveOnly: true })).toEqual({ kind: 'passed' })
  })

  test('that do not answer say so', async () => {
    const nobody: ServerAddress = { kind: 'plain', host: first.address, port: 9 }
    expect(await look('_acme-challenge.both.example', { servers: [nobody] })).toMatchObject({
      isInconclusive: true,
      why: expect.stringContaining('connection refused'),
    })
  })
})

describe('what a provider may know of the cluster', () => {
  const signal = new AbortController().signal
  let client: ClusterClient
  beforeAll(async () => {
    client = await openClusterClient(testbed().kubeconfig)
    const { cluster } = client
    for (const namespace of ['default', 'kube-public']) {
      const data = { token: Buffer.from(`of ${namespace}`).toString('base64'), empty: '' }
      await cluster.create(secrets, { metadata: { namespace, name: 'api' }, data }, { fieldManager: 'test' }, signal)
      await cluster.create(serviceAccounts, { metadata: { namespace, name: 'dns' } }, { fieldManager: 'test' }, signal)
    }
    return client.close
  })
  const accessOf = (kind: AnyIssuer['kind']) => {
    const metadata = kind === 'Issuer' ? { name: 'le', namespace: 'default' } : { name: 'le' }
    const issuer: AnyIssuer = { apiVersion: 'cert-manager.io/v1', kind, metadata, spec: {} }
    return providerAccess(issuer, {
      cluster: client.cluster,
      http: createProviderHttp({ userAgent: 'test' }),
      clusterResourceNamespace: 'kube-public',
      isAmbientAllowed: { Issuer: false, ClusterIssuer: true },
      environment: { HOME: '/home/operator' },
    })
  }

  test.each([
    ['Issuer', 'of default', false],
    ['ClusterIssuer', 'of kube-public', true],
  ] as const)('of an %s are the Secrets of its own place, read when they are needed', async (kind, value, isAmbientAllowed) => {
    const access = accessOf(kind)
    expect((await access.secret({ name: 'api', key: 'token' }, signal)).reveal()).toBe(value)
    expect(access.isAmbientAllowed).toBe(isAmbientAllowed)
    expect(access.environment).toEqual(isAmbientAllowed ? { HOME: '/home/operator' } : {})
  })

  test.each([
    ['a Secret that is not there', { name: 'absent', key: 'token' }, 'Secret default/absent does not exist'],
    ['a key that is not there', { name: 'api', key: 'absent' }, 'Secret default/api has nothing under the key "absent"'],
    ['a key with nothing in it', { name: 'api', key: 'empty' }, 'Secret default/api has nothing under the key "empty"'],
  ])('%s is named', async (_what, ref, message) => {
    await expect(accessOf('Issuer').secret(ref, signal)).rejects.toMatchObject({ code: 'dns01/noSecret', message })
  })

  test('is a short-lived token of a service account, for the audiences that are asked for', async () => {
    const token = await accessOf('Issuer').serviceAccountToken('dns', ['dns.example.com'], signal)
    const claims: unknown = JSON.parse(Buffer.from(token.reveal().split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({ sub: 'system:serviceaccount:default:dns', aud: ['dns.example.com'] })
    expect(String(token)).toBe('[redacted]')
  })

  test('a service account that is not there is named', async () => {
    await expect(accessOf('Issuer').serviceAccountToken('absent', ['a'], signal)).rejects.toMatchObject({
      code: 'dns01/noToken',
      message: expect.stringContaining('ServiceAccount default/absent: it does not exist'),
    })
  })
})
