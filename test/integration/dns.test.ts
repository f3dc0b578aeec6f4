import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { ask } from '../../src/dns/ask.ts'
import type { PlainServer } from '../../src/dns/exchange.ts'
import { exchangeByUdp } from '../../src/dns/exchange.ts'
import type { DnsMessage } from '../../src/dns/message.ts'
import { createResolver } from '../../src/dns/resolver.ts'
import type { TsigAlgorithm, TsigKey } from '../../src/dns/tsig.ts'
import { updateTxt } from '../../src/dns/update-txt.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { HOUR, plus } from '../../src/lib/instant.ts'
import { Redacted } from '../../src/lib/redacted.ts'
import { findZone, followCnames } from '../../src/solvers/dns01/find-zone.ts'
import { createProviderHttp } from '../../src/solvers/dns01/provider-http.ts'
import { newAuthority } from '../testbed/certificates.ts'
import type { Nameserver } from '../testbed/nameserver.ts'
import { sharedTestbed } from '../testbed/shared.ts'
import { startHttpConnectProxy } from './acme-http-proxy.ts'

const testbed = sharedTestbed({ name: 'dns', installed: 'nothing' })
const signal = new AbortController().signal
const secret = Buffer.from('a secret of the tests')
const algorithms: readonly [TsigAlgorithm, string][] = [
  ['HMACMD5', 'hmac-md5'],
  ['HMACSHA1', 'hmac-sha1'],
  ['HMACSHA256', 'hmac-sha256'],
  ['HMACSHA512', 'hmac-sha512'],
]
const keyOf = (algorithm: TsigAlgorithm): TsigKey => ({ name: algorithm.toLowerCase(), algorithm, secret: new Redacted(secret) })

let bind: Nameserver
let server: PlainServer
beforeAll(async () => {
  bind = await testbed().startNameserver({
    keys: algorithms.map(([name, algorithm]) => ({ name: name.toLowerCase(), algorithm, secret: secret.toString('base64') })),
    zones: {
      'signed.example': { updates: algorithms.map(([name]) => name.toLowerCase()) },
      'open.example': {
        updates: 'anybody',
        records: [
          'loop CNAME pool',
          'pool CNAME loop',
          'away CNAME far.signed.example.',
          ...Array.from({ length: 60 }, (_, at) => `big TXT ${String(at).repeat(40)}`),
        ],
      },
    },
  })
  server = { kind: 'plain', host: bind.address, port: 53 }
})

const valuesAt = async (name: string): Promise<readonly string[]> => {
  const { answers } = await ask({ name, type: 'TXT', isRecursive: false }, server, signal)
  return answers.flatMap((record) => (record.type === 'TXT' ? [record.value] : [])).toSorted()
}
const add = { kind: 'add', ttl: 30 } as const
const remove = { kind: 'remove' } as const

describe('an update that BIND takes', () => {
  test.each(algorithms.flatMap(([name]) => (['UDP', 'TCP'] as const).map((protocol) => [name, protocol] as const)))(
    'signed with %s over %s adds a value beside others and takes just that one away, however often it is sent',
    async (algorithm, protocol) => {
      const target = { server, protocol, key: keyOf(algorithm) }
      const name = `_acme-challenge.${algorithm.toLowerCase()}-${protocol.toLowerCase()}.signed.example`
      const send = (value: string, change: typeof add | typeof remove) =>
        updateTxt(target, { zone: 'signed.example', name, value, change }, systemClock.now(), signal)
      await send('one', add)
      await send('two', add)
      await send('two', add)
      expect(await valuesAt(name)).toEqual(['one', 'two'])
      await send('one', remove)
      await send('one', remove)
      expect(await valuesAt(name)).toEqual(['two'])
    },
  )

  test('is one without a signature, where the zone allows it', async () => {
    const update = { zone: 'open.example', name: 'a.open.example', value: 'v', change: add }
    await updateTxt({ server, protocol: 'UDP', key: undefined }, update, systemClock.now(), signal)
    expect(await valuesAt('a.open.example')).toEqual(['v'])
  })
})

describe('an update that BIND refuses says why', () => {
  const good = keyOf('HMACSHA256')
  test.each<[what: string, key: TsigKey | undefined, later: number, zone: string, why: RegExp]>([
    ['the secret is another', { ...good, secret: new Redacted(Buffer.from('other')) }, 0, 'signed.example', /BADSIG.* TSIG key hmacsha256/],
    ['it has no such key', { ...good, name: 'nobody' }, 0, 'signed.example', /BADKEY.* TSIG key nobody .*HMACSHA256/],
    ['the key is for another algorithm', { ...good, algorithm: 'HMACSHA1' }, 0, 'signed.example', /BADKEY/],
    ['the clocks differ', good, HOUR, 'signed.example', /BADTIME.* clock/],
    ['there is no signature', undefined, 0, 'signed.example', /REFUSED .*signed\.example/],
    ['it does not have the zone', good, 0, 'elsewhere.example', /NOTAUTH .*elsewhere\.example/],
    ['the name is in another zone', undefined, 0, 'open.example', /NOTZONE/],
  ])('when %s', async (_what, key, later, zone, why) => {
    const update = { zone, name: 'x.signed.example', value: 'v', change: add }
    const sent = updateTxt({ server, protocol: 'UDP', key }, update, plus(systemClock.now(), later), signal)
    await expect(sent).rejects.toMatchObject({ code: 'dns/refused', message: expect.stringMatching(why) })
    expect(await valuesAt('x.signed.example')).toEqual([])
  })
})

describe('a question', () => {
  test('whose answer does not fit into a packet is asked again by TCP', async () => {
    expect(await valuesAt('big.open.example')).toHaveLength(60)
  })

  test('to a server at which nobody listens fails at once, with a sentence', async () => {
    const nobody: PlainServer = { kind: 'plain', host: bind.address, port: 9 }
    const asked = ask({ name: 'a.example', type: 'TXT', isRecursive: true }, nobody, signal)
    await expect(asked).rejects.toMatchObject({ code: 'dns/noAnswer', message: `${bind.address}:9: connection refused` })
  })

  test('is put to the next server when the first does not answer', async () => {
    const resolver = createResolver([{ kind: 'plain', host: bind.address, port: 9 }, server])
    expect((await resolver.ask({ name: 'signed.example', type: 'NS' }, signal)).answers).toMatchObject([{ target: 'ns1.signed.example' }])
  })

  test('ignores packets with another id, and tells of an answer that cannot be read', async () => {
    const liar = createSocket('udp4')
    onTestFinished(() => void liar.close())
    liar.on('message', (query, { port, address }) => {
      const other = Buffer.from(query)
      other.writeUInt16BE((query.readUInt16BE() + 1) % 0x1_0000)
      liar.send(other, port, address, () => liar.send(Buffer.concat([query.subarray(0, 2), Buffer.alloc(12, 0xff)]), port, address))
    })
    liar.bind(0, '127.0.0.1')
    await once(liar, 'listening')
    const lying: PlainServer = { kind: 'plain', host: '127.0.0.1', port: liar.address().port }
    const query = Buffer.from([7, 7, ...Array<number>(10).fill(0)])
    expect((await exchangeByUdp(query, lying, signal)).readUInt16BE()).toBe(0x0707)
    const asked = ask({ name: 'a.example', type: 'TXT', isRecursive: true }, lying, signal)
    await expect(asked).rejects.toMatchObject({ code: 'dns/noAnswer', message: expect.stringContaining('cannot be read') })
  })
})

describe('a zone', () => {
  const zoneOf = (name: string) => findZone(createResolver([server]), name, signal)
  test.each([
    ['_acme-challenge.not.there.signed.example', 'signed.example'],
    ['signed.example', 'signed.example'],
    // Its alias leads into another zone, which does not hold it.
    ['away.open.example', 'open.example'],
  ])('that holds %s is %s', async (name, zone) => expect(await zoneOf(name)).toBe(zone))

  test('that nobody has is told', async () => {
    await expect(zoneOf('nobody.example')).rejects.toMatchObject({
      code: 'dns01/noZone',
      message: expect.stringContaining('nobody.example'),
    })
  })
})

describe('a CNAME', () => {
  const end = (name: string) => followCnames(createResolver([server]), name, signal)
  test('is followed to where it ends, also when nothing is there yet', async () => {
    expect([await end('away.open.example'), await end('nothing.open.example')]).toEqual(['far.signed.example', 'nothing.open.example'])
  })

  test('that never ends is told with its way', async () => {
    await expect(end('loop.open.example')).rejects.toMatchObject({
      code: 'dns01/cnameLoop',
      message: expect.stringContaining('loop.open.example → pool.open.example → loop.open.example'),
    })
  })
})

describe('DNS over HTTPS', () => {
  const before = getGlobalDispatcher()
  let url = ''
  let caBundle = ''
  let answer: (query: Buffer) => Promise<{ readonly status: number; readonly type: string; readonly body: Buffer }>
  beforeAll(async () => {
    const authority = await newAuthority('doh-ca')
    caBundle = authority.certificate
    const { certificate, privateKey } = await authority.sign('CN=doh', ['127.0.0.1'])
    const https = createServer({ cert: certificate, key: privateKey }, (request, response) => {
      void buffer(request)
        .then(answer)
        .then(({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body))
    })
    https.listen(0, '127.0.0.1')
    await once(https, 'listening')
    const address = https.address()
    url = `https://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/dns-query`
    setGlobalDispatcher(new Agent({ connect: { ca: authority.certificate } }))
    return () => https.close()
  })
  afterAll(() => setGlobalDispatcher(before))
  const askByHttps = () => ask({ name: 'signed.example', type: 'NS', isRecursive: true }, { kind: 'https', url }, signal)

  test('asks as by packets', async () => {
    answer = async (query) => ({ status: 200, type: 'application/dns-message', body: await exchangeByUdp(query, server, signal) })
    expect((await askByHttps()).answers).toMatchObject([{ type: 'NS', target: 'ns1.signed.example' }])
  })

  test('goes by the HTTP proxy that the operator is given, unless the host is to be asked directly', async () => {
    await using proxy = await startHttpConnectProxy('user:password')
    answer = async (query) => ({ status: 200, type: 'application/dns-message', body: await exchangeByUdp(query, server, signal) })
    const { host, hostname } = new URL(url)
    const askThrough = async (noProxy: string): Promise<DnsMessage> => {
      const http = createProviderHttp({
        userAgent: 'test',
        caBundle,
        proxy: { url: new Redacted(`http://user:password@127.0.0.1:${proxy.port}`), noProxy },
      })
      try {
        return await createResolver([{ kind: 'https', url }], http.dispatcher).ask({ name: 'signed.example', type: 'NS' }, signal)
      } finally {
        await http.close()
      }
    }
    expect((await askThrough(hostname)).answers).toMatchObject([{ type: 'NS', target: 'ns1.signed.example' }])
    expect(proxy.connected).toEqual([])
    expect((await askThrough('')).answers).toMatchObject([{ type: 'NS', target: 'ns1.signed.example' }])
    expect(proxy.connected).toEqual([host])
  })

  test.each<[what: string, status: number, type: string, body: string, why: RegExp]>([
    ['an error page', 500, 'text/html', 'a secret page', /status 500$/],
    ['a page in place of DNS', 200, 'text/html', 'a secret page', /the answer is not DNS$/],
    ['something that only pretends to be DNS', 200, 'application/dns-message', 'a secret page', /cannot be read/],
    ['an endless answer', 200, 'application/dns-message', 'x'.repeat(70_000), /too long$/],
  ])('tells of %s without showing it', async (_what, status, type, body, why) => {
    answer = async () => ({ status, type, body: Buffer.from(body) })
    const asked = askByHttps()
    await expect(asked).rejects.toMatchObject({ code: 'dns/noAnswer', message: expect.stringMatching(why) })
    await expect(asked).rejects.not.toMatchObject({ message: expect.stringContaining('secret') })
  })
})
