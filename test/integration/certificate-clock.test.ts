import { expect, test } from 'vitest'
import { createCaches } from '../../src/app/caches.ts'
import { certificateController } from '../../src/controllers/certificate/controller.ts'
import { certificateRequests, certificates } from '../../src/crds/resources.ts'
import { DAY, HOUR, instant, plus, type Instant } from '../../src/lib/instant.ts'
import { startController } from '../../src/runtime/controller.ts'
import { conditionOf, newUser } from '../e2e/cluster-user.ts'
import { answer, issuerRefIn } from '../e2e/external-issuer.ts'
import { certificateSpec } from '../e2e/manifests.ts'
import { leafIn } from '../e2e/stored.ts'
import { newTestCa, signRequest } from '../e2e/test-ca.ts'
import { sharedTestbed } from '../testbed/shared.ts'
import { adminToken, clientFor, directAccess } from './kube-fixture.ts'

const testbed = sharedTestbed({ name: 'certificate-clock', installed: 'operator' })

/** The Certificate controller alone, with a clock that stands wherever the test puts it. Nobody signs but the test. */
async function controllerWithClock() {
  const client = clientFor(await directAccess(testbed(), await adminToken(testbed())))
  const stopping = new AbortController()
  let now = instant(Date.now())
  const clock = { now: () => now }
  const parts = certificateController({
    ...createCaches(client.cache, {
      namespace: '',
      signingRequests: false,
      injectionTargets: [],
      gatewayApi: { gateways: false, listenerSets: false },
      solverPods: false,
      replicasService: undefined,
    }),
    cluster: client.cluster,
    clock,
    clusterResourceNamespace: 'cert-manager',
    caCertificates: () => Promise.resolve(undefined),
    ownIdentity: () => Promise.resolve({}),
    events: { record: () => {} },
    settings: {
      minimumBackoff: HOUR,
      maximumBackoff: 32 * HOUR,
      ownsSecret: false,
      copiedAnnotationPrefixes: [],
      encodesBasicConstraints: false,
    },
    onIssuance: () => {},
    onLimited: () => {},
    renewalAnswers: { ofStored: () => undefined, trigger: () => () => {} },
  })
  await client.start()
  const running = startController({ ...parts, clock, log: client.log }, stopping.signal)
  return {
    cluster: client.cluster,
    moveTo: (at: Instant) => {
      now = at
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await running.stopped
      await client.stop()
    },
  }
}

test('a certificate is renewed when the clock reaches its renewal time, and no longer Ready when it passes its end', async () => {
  await using controller = await controllerWithClock()
  const user = await newUser(testbed(), controller.cluster, 'clock')
  const ca = await newTestCa({ lifetime: 1_000 * DAY })
  const sign = async (name: string) => {
    const request = await user.until(certificateRequests, name, () => true)
    await answer(user, name, { certificate: await signRequest(ca, request, 90 * DAY), ca: ca.certificate })
  }
  await user.createCertificate('web', certificateSpec('web', { issuerRef: issuerRefIn('clock.example.com') }))
  await sign('web-1')
  const first = await user.untilReady('web')
  const before = leafIn(await user.secret('web'))
  const renewalAt = instant(Date.parse(first.status?.renewalTime ?? ''))
  const notAfter = instant(Date.parse(first.status?.notAfter ?? ''))
  expect(notAfter - renewalAt).toBe(30 * DAY)

  controller.moveTo(plus(renewalAt, -HOUR))
  await user.createCertificate('later', certificateSpec('later', { issuerRef: issuerRefIn('clock.example.com') }))
  await user.until(certificateRequests, 'later-1', () => true)
  expect(await user.find(certificateRequests, 'web-2')).toBeUndefined()

  controller.moveTo(renewalAt)
  await user.until(certificateRequests, 'web-2', () => true)
  const renewing = await user.get(certificates, 'web')
  expect(conditionOf(renewing.status, 'Issuing')).toMatchObject({ status: 'True', reason: 'Renewing' })
  expect(conditionOf(renewing.status, 'Ready')).toMatchObject({ status: 'True' })

  controller.moveTo(plus(notAfter, 1))
  const expired = await user.until(certificates, 'web', ({ status }) => conditionOf(status, 'Ready')?.status === 'False')
  expect(conditionOf(expired.status, 'Ready')).toMatchObject({ reason: 'Expired' })
  expect(leafIn(await user.secret('web')).serialNumber).toBe(before.serialNumber)

  // The issuer comes back. What it signs begins today, so the clock goes back to today too.
  controller.moveTo(instant(Date.now()))
  await sign('web-2')
  await user.untilReady('web', 2)
  expect(leafIn(await user.secret('web')).serialNumber).not.toBe(before.serialNumber)
})
