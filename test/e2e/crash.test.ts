import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { certificates, challenges, issuers } from '../../src/crds/resources.ts'
import { ingresses, secrets } from '../../src/kube/kinds.ts'
import type { Operator } from '../testbed/operator.ts'
import { acmeSite } from './acme-site.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { quickKey } from './manifests.ts'
import { keyIn, leafIn } from './stored.ts'
import { waitFor } from './wait-for.ts'

// Every nonce is good, so that each finalize in the server's log is one that the operator meant.
const site = acmeSite('crash', { nonceRejectPercent: 0 })

const COUNT = 50
const KILLS = 8
/** Nine starts of the operator, each of them ten seconds and more on a busy machine. */
const PATIENCE = 300_000
const names = Array.from({ length: COUNT }, (_, index) => `web-${index}`)

test(
  'killed again and again during 50 issuances, it ends with all of them Ready and each order finalized once',
  async () => {
    const user = await site().underTest.user('crash')
    await user.create(issuers, 'acme', { spec: site().issuerSpec() })
    for (const name of names) {
      await user.createCertificate(name, {
        secretName: name,
        dnsNames: [`${name}.crash.example`],
        privateKey: quickKey,
        issuerRef: { name: 'acme' },
      })
    }
    for (let kill = 0; kill < KILLS; kill += 1) {
      const operator = await site().start()
      await progressOrLate(user, operator, 200 + 600 * kill)
      await site().underTest.kill(operator)
    }
    await site().start()
    for (const name of names) await user.untilReady(name)

    const log = await readFile(site().acme.logFile, 'utf8')
    const issuedOrders = [...log.matchAll(/Issued certificate serial \S+ for order (\S+)/g)].map(([, order]) => order)
    expect(log.match(/POST \/finalize-order\/ ->/g)).toHaveLength(COUNT)
    expect(new Set(issuedOrders).size).toBe(COUNT)
    expect(issuedOrders).toHaveLength(COUNT)
  },
  PATIENCE,
)

test('every key that was used is the one beside its certificate, and nothing of the issuances is left over', async () => {
  const { cluster } = site().underTest
  const signal = new AbortController().signal
  const crashed = await cluster.list(certificates, { namespace: 'crash' }, signal)
  expect(crashed.map((certificate) => certificate.status?.revision)).toEqual(names.map(() => 1))
  for (const name of names) {
    const secret = await waitFor(`Secret ${name}`, () => cluster.get(secrets, { namespace: 'crash', name }, signal))
    expect(leafIn(secret).checkPrivateKey(keyIn(secret))).toBe(true)
  }
  await waitFor('Challenges and Ingresses are gone', async () => {
    const left = [
      ...(await cluster.list(challenges, { namespace: 'crash' }, signal)),
      ...(await cluster.list(ingresses, { namespace: 'crash' }, signal)),
    ]
    return left.length === 0 ? true : undefined
  })
})

/** Waits until the operator leads and has worked for so long, so that it is killed in the middle of something. */
async function progressOrLate(user: ClusterUser, operator: Operator, workFor: number): Promise<void> {
  await waitFor('the operator leads', async () => (/^certwright_leader 1$/m.test(await operator.metrics()) ? true : undefined))
  await sleep(workFor)
  const all = await user.list(certificates)
  process.stderr.write(
    `killed with ${all.filter((certificate) => conditionOf(certificate.status, 'Ready')?.status === 'True').length} of ${all.length} Ready\n`,
  )
}
