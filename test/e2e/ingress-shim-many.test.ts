import { expect, test } from 'vitest'
import { certificates } from '../../src/crds/resources.ts'
import { ingresses } from '../../src/kube/kinds.ts'
import { countedBetween, objectWrites, readApiCounters } from '../bench/api-counters.ts'
import { inParallel } from '../bench/in-parallel.ts'
import { annotatedIngress, tlsFor } from './annotated-ingress.ts'
import { operatorUnderTest } from './operator-under-test.ts'
import { waitFor } from './wait-for.ts'

const underTest = operatorUnderTest({ name: 'ingress-shim-many', startsOwn: true })
const COUNT = 1_000
/** What the control plane itself writes into each new namespace, some time after that; the operator may not touch it. */
const ofControlPlane = /^POST (configmaps|serviceaccounts)$/
/** These are 2,000 writes, on a machine that may be busy. */
const PATIENCE = 240_000

test(
  '1,000 annotated Ingresses get one Certificate each by one write, and a new operator writes nothing',
  async () => {
    const { testbed, start } = underTest()
    // Nobody issues: what is counted is what the Ingresses themselves cost.
    const alone = { flags: ['--controllers=ingress-shim', '--leader-elect=false'] }
    const operator = await start(alone)
    const user = await underTest().user('many')
    const create = (name: string) => user.create(ingresses, name, annotatedIngress({ annotations: { issuer: 'ca' }, tls: tlsFor(name) }))
    const writesDuring = async (what: () => Promise<void>): Promise<Record<string, number>> => {
      const before = await readApiCounters(testbed)
      await what()
      const counted = objectWrites(countedBetween(before, await readApiCounters(testbed)))
      return Object.fromEntries([...counted].filter(([kind]) => !ofControlPlane.test(kind)))
    }

    const first = await writesDuring(async () => {
      await inParallel(COUNT, 16, async (index) => void (await create(`web-${index}`)))
      // Only then are they listed: it is not the test that keeps the API server busy.
      await user.until(certificates, `web-${COUNT - 1}`, () => true, PATIENCE)
      await waitFor(
        'each Ingress has its Certificate',
        async () => ((await user.list(certificates)).length === COUNT ? true : undefined),
        PATIENCE,
      )
      await operator.stop()
    })
    expect(first).toEqual({ 'POST ingresses': COUNT, 'POST certificates': COUNT })

    const second = await writesDuring(async () => {
      const next = await start(alone)
      // It comes last in the queue, so all others have been looked at before.
      await create('last')
      await user.until(certificates, 'last', () => true, PATIENCE)
      await next.stop()
    })
    expect(second).toEqual({ 'POST ingresses': 1, 'POST certificates': 1 })
  },
  2 * PATIENCE,
)
