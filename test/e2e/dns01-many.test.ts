import { beforeAll, expect, test } from 'vitest'
import type { Challenge } from '../../src/crds/challenge.ts'
import type { AcmeSolver } from '../../src/crds/issuer.ts'
import { challenges, issuers } from '../../src/crds/resources.ts'
import { secrets } from '../../src/kube/kinds.ts'
import { delegationTo } from '../testbed/silent-nameserver.ts'
import { dnsSite, updatesSignedBy } from './dns-site.ts'
import { quickKey } from './manifests.ts'
import { leavesNothingBehind } from './operator-under-test.ts'
import { waitFor } from './wait-for.ts'

const key = { name: 'many', algorithm: 'hmac-sha256', secret: 'bWFueS1zZWNyZXQtb2YtdGhlLWRucy10ZXN0cw==' }

const site = dnsSite('dns01-many', {
  zonesOfSecond: ['slow.example'],
  first: ({ address }, silentAddress) => ({
    keys: [key],
    zones: {
      'good.example': { updates: [key.name] },
      'slow.example': { updates: [key.name], records: ['@ NS second', `second A ${address}`] },
      'void.example': { updates: [key.name], records: delegationTo('silent', silentAddress) },
    },
  }),
})

beforeAll(async () => {
  await site().start()
})

/** A hundred issuances that begin at once are more than a busy machine does in a minute. */
const FOR_A_HUNDRED = 180_000

test('a hundred names that cannot be proved do not keep the hundred-and-first from its certificate', async () => {
  const user = await site().underTest.user('many')
  await user.create(secrets, key.name, { data: { tsig: Buffer.from(key.secret).toString('base64') } })
  const solver: AcmeSolver = { dns01: { rfc2136: updatesSignedBy(site().nameserver, key.name) } }
  await user.create(issuers, 'acme', { spec: site().issuerSpec([solver]) })
  const ask = (name: string, dnsName: string) =>
    user.createCertificate(name, { secretName: name, dnsNames: [dnsName], privateKey: quickKey, issuerRef: { name: 'acme' } })

  // Of one half the zone cannot even be found; of the other, one server never shows the record.
  const names = Array.from({ length: 100 }, (_, at) => `n${at}.${at % 2 === 0 ? 'silent.void' : 'slow'}.example`)
  await Promise.all(names.map((name, at) => ask(`web-${at}`, name)))
  const saysWhy = ({ spec, status }: Challenge): boolean =>
    (spec.dnsName.endsWith('.slow.example') ? /has no TXT record/ : /could not be looked up/).test(status?.reason ?? '')
  const begun = await waitFor(
    'each Challenge says what it waits for',
    async () => {
      const all = await user.list(challenges)
      if (all.length === names.length && all.every(saysWhy)) return all
      const others = all.filter((challenge) => !saysWhy(challenge)).map(({ spec, status }) => `${spec.dnsName}: ${status?.reason ?? ''}`)
      throw new Error(`of ${all.length} there are ${others.length} that do not, such as ${others[0] ?? ''}`)
    },
    FOR_A_HUNDRED,
  )

  await ask('good', 'www.good.example')
  await user.untilReady('good')
  const still = await user.list(challenges)
  expect(still.map(({ metadata }) => metadata.name)).toEqual(begun.map(({ metadata }) => metadata.name))
  expect(still.flatMap(({ status }) => status?.state ?? []).filter((state) => state !== 'pending')).toEqual([])
}, 300_000)

leavesNothingBehind(() => site().underTest)
