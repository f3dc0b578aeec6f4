import { beforeAll, describe, expect, test } from 'vitest'
import { certificateRequests, certificates } from '../../src/crds/resources.ts'
import { leases } from '../../src/kube/kinds.ts'
import { operatorLog } from '../testbed/operator.ts'
import type { Operator } from '../testbed/operator.ts'
import { isDone } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { certificateSpec } from './manifests.ts'
import { installClusterCa, leavesNothingBehind, operatorUnderTest } from './operator-under-test.ts'
import { waitFor } from './wait-for.ts'

const underTest = operatorUnderTest({ name: 'leader', startsOwn: true })
/** Short enough to wait for, and long enough that a leader on a busy machine does not lose it. */
const quickLease = ['--leader-election-lease-duration=10s', '--leader-election-renew-deadline=8s', '--leader-election-retry-period=500ms']
const { signal } = new AbortController()
let leader: Operator
let standby: Operator
let user: ClusterUser

beforeAll(async () => {
  leader = await underTest().start({ flags: quickLease })
  await installClusterCa(underTest())
  standby = await underTest().start({ flags: quickLease })
  user = await underTest().user('led')
})

/** Whether an operator says of itself that it leads. */
async function leads(operator: Operator): Promise<boolean> {
  return (await operator.metrics()).includes('\ncertwright_leader 1\n')
}

/** The requests to the API server that change something, as the operator counts them. */
async function writesOf(operator: Operator): Promise<readonly string[]> {
  const lines = (await operator.metrics()).split('\n').filter((line) => line.startsWith('certwright_api_requests_total{'))
  return lines.filter((line) => /verb="(create|update|patch|apply|delete)"/.test(line))
}

async function issue(name: string): Promise<void> {
  await user.createCertificate(name, certificateSpec(name))
  await user.untilReady(name)
}

async function logged(operator: Operator, message: string): Promise<boolean> {
  return (await operatorLog(operator)).some(({ msg }) => msg === message)
}

describe('of two operators', () => {
  test('one leads, and the other is ready to and writes nothing', async () => {
    await issue('first')
    expect(await leads(leader)).toBe(true)
    expect(await writesOf(leader)).not.toEqual([])

    expect(await leads(standby)).toBe(false)
    expect((await fetch(`${standby.healthUrl}/readyz`)).status).toBe(200)
    expect((await fetch(`${standby.healthUrl}/livez`)).status).toBe(200)
    expect(await writesOf(standby)).toEqual([])
    expect(await logged(standby, 'gained the lease')).toBe(false)
  })

  test('the standby takes over from a leader that is told to stop, which gives its lease back', async () => {
    await leader.stop('SIGTERM')
    expect(await logged(leader, 'released the lease')).toBe(true)
    expect(await logged(leader, 'stopped')).toBe(true)
    await issue('after-stop')
    expect(await leads(standby)).toBe(true)
    const lease = await underTest().cluster.get(leases, { namespace: 'kube-system', name: 'cert-manager-controller' }, signal)
    expect(lease?.spec?.holderIdentity).toContain(String(standby.pid))
  })

  test('the standby takes over from a leader that is killed, once the lease has run out', async () => {
    const [killed, heir] = [standby, await underTest().start({ flags: quickLease })]
    await killed.stop('SIGKILL')
    await issue('after-kill')
    expect(await leads(heir)).toBe(true)
    leader = heir
  })

  test('nothing was issued twice, whoever led', async () => {
    for (const { metadata, status } of await user.list(certificates)) expect([metadata.name, status?.revision]).toEqual([metadata.name, 1])
    expect((await user.list(certificateRequests)).map(({ metadata }) => metadata.name).toSorted()).toEqual([
      'after-kill-1',
      'after-stop-1',
      'first-1',
    ])
  })
})

test('an API server that dies in the middle of twenty issuances delays them, and all are issued once', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `many-${index}`)
  await Promise.all(names.map((name) => user.createCertificate(name, certificateSpec(name))))
  await waitFor('the first of them is Ready', async () =>
    (await user.list(certificates)).find((certificate) => certificate.metadata.name.startsWith('many-') && isDone(certificate)),
  )
  await underTest().testbed.restartApiServer({ signal: 'SIGKILL' })

  for (const name of names) expect((await user.untilReady(name)).status?.revision).toBe(1)
  expect(leader.isRunning()).toBe(true)
  const requests = (await user.list(certificateRequests)).filter(({ metadata }) => metadata.name.startsWith('many-'))
  expect(requests).toHaveLength(20)
})

leavesNothingBehind(underTest)
