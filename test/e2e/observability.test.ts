import { expect, test } from 'vitest'
import { certificates } from '../../src/crds/resources.ts'
import { operatorLog } from '../testbed/operator.ts'
import { certificateSpec } from './manifests.ts'
import { leavesNothingBehind, operatorUnderTest } from './operator-under-test.ts'
import { waitFor } from './wait-for.ts'

const underTest = operatorUnderTest({ name: 'observability' })

test('dashboards of the incumbent find their series: names, labels and values of a Certificate and of its issuer', async () => {
  const user = await underTest().user('series')
  await user.createCertificate('web', certificateSpec('web'))
  const { status } = await user.untilReady('web')
  const labels = 'name="web",namespace="series",issuer_name="ca",issuer_kind="ClusterIssuer",issuer_group=""'
  const seconds = (time: string | undefined): number => Date.parse(time ?? '') / 1_000
  const page = await waitFor('the series of the Certificate', async () => {
    const text = await underTest().operator().metrics()
    return text.includes(`certmanager_certificate_ready_status{${labels},condition="True"} 1`) ? text : undefined
  })
  for (const line of [
    `certmanager_certificate_ready_status{${labels},condition="False"} 0`,
    `certmanager_certificate_not_before_timestamp_seconds{${labels}} ${seconds(status?.notBefore)}`,
    `certmanager_certificate_not_after_timestamp_seconds{${labels}} ${seconds(status?.notAfter)}`,
    `certmanager_certificate_expiration_timestamp_seconds{${labels}} ${seconds(status?.notAfter)}`,
    `certmanager_certificate_renewal_timestamp_seconds{${labels}} ${seconds(status?.renewalTime)}`,
    'certmanager_clusterissuer_ready_status{name="ca",condition="True"} 1',
  ]) {
    expect(page).toContain(line)
  }
  expect(page).toMatch(/^certmanager_controller_sync_call_count\{controller="certificates"\} [1-9]/m)
  expect(page).toMatch(/^certwright_issuances_total\{result="success"\} [1-9]/m)
  expect(page).toMatch(/^certwright_queue_depth\{controller="certificates",state="ready"\} \d/m)
  expect(page).toMatch(/^certwright_leader 1$/m)
})

test('a Certificate that is gone has no series any more', async () => {
  const user = await underTest().user('gone')
  await user.createCertificate('web', certificateSpec('web'))
  await user.untilReady('web')
  await user.remove(certificates, 'web')
  await waitFor('its series to go', async () => ((await underTest().operator().metrics()).includes('namespace="gone"') ? undefined : true))
})

test('the page is in the text format of Prometheus, each metric with its help and type once', async () => {
  const page = await underTest().operator().metrics()
  const types = [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name]) => name)
  expect(new Set(types).size).toBe(types.length)
  for (const line of page.split('\n')) expect(line).toMatch(/^$|^# (HELP|TYPE) \S+ .+$|^[a-zA-Z_:][\w:]*(\{.*\})? \S+$/)
})

test('the probes answer, and nothing else does', async () => {
  const { healthUrl } = underTest().operator()
  const status = async (path: string, method = 'GET'): Promise<number> => (await fetch(`${healthUrl}${path}`, { method })).status
  expect([await status('/livez'), await status('/readyz'), await status('/healthz')]).toEqual([200, 200, 200])
  expect([await status('/metrics'), await status('/'), await status('/livez', 'POST')]).toEqual([404, 404, 405])
})

test('the log is JSON, a line for each step, with the object, what was done and why', async () => {
  const user = await underTest().user('story')
  await user.createCertificate('web', certificateSpec('web'))
  await user.untilReady('web')
  const lines = (await operatorLog(underTest().operator())).filter(({ key }) => key === 'story/web')
  expect(lines.flatMap(({ actions }) => actions)).toEqual(expect.arrayContaining(['create-next-key', 'create-request', 'store-key-pair']))
  for (const line of lines)
    expect(line).toMatchObject({ level: 'info', controller: 'certificates', time: expect.any(String), msg: expect.stringMatching(/\S/) })
})

leavesNothingBehind(underTest)
