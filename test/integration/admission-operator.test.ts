import { beforeAll, describe, expect, test } from 'vitest'
import { certificateRequests } from '../../src/crds/resources.ts'
import { conditionOf } from '../e2e/cluster-user.ts'
import type { ClusterUser } from '../e2e/cluster-user.ts'
import { certificateSpec, clusterCa } from '../e2e/manifests.ts'
import { installClusterCa, operatorUnderTest } from '../e2e/operator-under-test.ts'
import { waitFor } from '../e2e/wait-for.ts'
import { approved, approver, certificateRequest, denied, writersIn } from './admission-objects.ts'
import { admissionUser, said, serviceAccountUser, untilApprover } from './admission-user.ts'
import type { AdmissionUser } from './admission-user.ts'

const underTest = operatorUnderTest({ name: 'admission-operator', startsOwn: true })
const policy = "ValidatingAdmissionPolicy 'certwright-approval'"
const operatorAccount = 'system:serviceaccount:cert-manager:certwright'
const approverAccount = 'system:serviceaccount:shop:approver'

beforeAll(async () => {
  await underTest().testbed.apply(writersIn())
})

describe('an operator that approves by itself', () => {
  test('stands as the requester in the requests that it makes, approves them, and its Certificates become Ready', async () => {
    const operator = await underTest().start()
    await installClusterCa(underTest())
    const user = await underTest().user('bank')
    await user.createCertificate('web', certificateSpec('web'))
    await user.untilReady('web')
    const { spec, status } = await user.request('web-1')
    expect(spec).toMatchObject({ username: operatorAccount, groups: expect.arrayContaining(['system:serviceaccounts:cert-manager']) })
    expect(conditionOf(status, 'Approved')).toMatchObject({ status: 'True', reason: 'cert-manager.io' })
    await operator.stop()
  })
})

describe('an operator that leaves approval to others, and an approver for one ClusterIssuer', () => {
  let user: ClusterUser
  let external: AdmissionUser

  beforeAll(async () => {
    await underTest().start({ flags: ['--controllers=*,-certificaterequests-approver'] })
    user = await underTest().user('shop')
    external = await serviceAccountUser(underTest().testbed, { namespace: 'shop', name: 'approver' })
    await underTest().testbed.apply(approver(approverAccount, [`clusterissuers.cert-manager.io/${clusterCa.name}`]))
    await untilApprover(underTest().testbed, { name: approverAccount, signer: `clusterissuers.cert-manager.io/${clusterCa.name}` })
    await user.createCertificate('open', certificateSpec('open'))
    await user.createCertificate('refused', certificateSpec('refused'))
    await user.createCertificate('closed', certificateSpec('closed', { issuerRef: { name: 'self-signed', kind: 'ClusterIssuer' } }))
    for (const name of ['open-1', 'refused-1', 'closed-1']) await user.untilEvent(name, 'WaitingForApproval')
  })

  test('nothing is signed before somebody approves it', async () => {
    for (const name of ['open-1', 'refused-1', 'closed-1']) expect((await user.request(name)).status).toBeUndefined()
  })

  test('what the approver approves is signed', async () => {
    expect(said(await external.setConditions({ name: 'open-1' }, [approved]))).toBe('')
    await user.untilReady('open')
  })

  test('what the approver denies is not signed, and the Certificate says so', async () => {
    expect(said(await external.setConditions({ name: 'refused-1' }, [denied]))).toBe('')
    const { status } = await user.until(certificateRequests, 'refused-1', (request) => conditionOf(request.status, 'Ready') !== undefined)
    expect(conditionOf(status, 'Ready')).toMatchObject({ status: 'False', reason: 'Denied' })
    expect(status?.certificate).toBeUndefined()
  })

  test('the approver has no say in what another ClusterIssuer signs, which stays unsigned', async () => {
    expect(said(await external.setConditions({ name: 'closed-1' }, [approved]))).toContain(
      `${policy} with binding 'certwright-approval' denied request: user "${approverAccount}" may not approve or deny`,
    )
    // The operator looks at a request whenever it changes; this one it has then seen after the attempt.
    await user.edit(certificateRequests, 'closed-1', { metadata: { labels: { 'example.com/touched': 'yes' } } })
    await user.createCertificate('later', certificateSpec('later'))
    expect(said(await waitForApproval('later-1'))).toBe('')
    await user.untilReady('later')
    expect((await user.request('closed-1')).status?.certificate).toBeUndefined()
  })

  /** Approves a request as soon as it is there. */
  async function waitForApproval(name: string): ReturnType<AdmissionUser['setConditions']> {
    return waitFor(`${name} is there`, async () => {
      await user.request(name)
      return external.setConditions({ name }, [approved])
    })
  }
})

describe('an operator on a cluster that cannot stamp', () => {
  beforeAll(async () => {
    const binding = ['delete', 'mutatingadmissionpolicybinding', 'certwright-requester']
    expect(await underTest().testbed.kubectl(binding)).toMatchObject({ code: 0 })
    const eve = admissionUser(underTest().testbed, { name: 'eve' })
    await waitFor('requests are not stamped any more', async () => {
      const probe = ['create', '--dry-run=server', '--output=jsonpath={.spec.username}', '--filename', '-']
      const { code, stdout } = await eve.kubectl(probe, certificateRequest({ name: 'probe', namespace: 'shop' }))
      return code === 0 && stdout === '' ? true : undefined
    })
  })

  test('says itself who it is, which the policy finds to be true', async () => {
    const user = await underTest().user('vault')
    await user.createCertificate('web', certificateSpec('web'))
    const { spec } = await waitFor('the request is there', () => user.request('web-1'))
    expect(spec).toMatchObject({
      username: operatorAccount,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:cert-manager', 'system:authenticated'],
    })
    expect(spec.extra).toBeUndefined()
  })
})
