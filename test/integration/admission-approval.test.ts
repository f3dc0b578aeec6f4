import { beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../e2e/wait-for.ts'
import { sharedTestbed } from '../testbed/shared.ts'
import { approved, approver, binding, certificateRequest, denied, manifests, writersIn } from './admission-objects.ts'
import type { RequestDraft } from './admission-objects.ts'
import { admissionUser, removeRules, said, untilApprover } from './admission-user.ts'
import type { AdmissionUser } from './admission-user.ts'

const testbed = sharedTestbed({ name: 'admission-approval', installed: 'operator' })
const policy = "ValidatingAdmissionPolicy 'certwright-approval'"
const user = (name: string): AdmissionUser => admissionUser(testbed(), { name })

type IssuerRef = NonNullable<RequestDraft['issuerRef']>
const issuer: IssuerRef = { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' }
const clusterIssuer: IssuerRef = { name: 'ca', kind: 'ClusterIssuer' }
const widgetIssuer: IssuerRef = { name: 'ca', kind: 'WidgetIssuer', group: 'widgets.example' }
const widgetClusterIssuer: IssuerRef = { name: 'ca', kind: 'WidgetClusterIssuer', group: 'widgets.example' }

/** Who may approve requests in the namespace `shop`. Without a right, for all signers: `every`; for none: `nothing`. */
const table: readonly (readonly [right: string, may: 'may' | 'may not', of: string, issuerRef: IssuerRef])[] = [
  ['issuers.cert-manager.io/shop.ca', 'may', 'the Issuer ca', issuer],
  ['issuers.cert-manager.io/shop.ca', 'may', 'an issuer without kind and group', { name: 'ca' }],
  ['issuers.cert-manager.io/*', 'may', 'the Issuer ca', issuer],
  ['every', 'may', 'the Issuer ca', issuer],
  ['nothing', 'may not', 'the Issuer ca', issuer],
  ['issuers.cert-manager.io/shop.other', 'may not', 'the Issuer ca', issuer],
  ['issuers.cert-manager.io/bank.ca', 'may not', 'the Issuer ca', issuer],
  ['issuers.cert-manager.io/ca', 'may not', 'the Issuer ca', issuer],
  ['clusterissuers.cert-manager.io/*', 'may not', 'the Issuer ca', issuer],
  ['issuers.widgets.example/*', 'may not', 'the Issuer ca', issuer],

  ['clusterissuers.cert-manager.io/ca', 'may', 'the ClusterIssuer ca', clusterIssuer],
  ['clusterissuers.cert-manager.io/*', 'may', 'the ClusterIssuer ca', clusterIssuer],
  ['every', 'may', 'the ClusterIssuer ca', clusterIssuer],
  ['nothing', 'may not', 'the ClusterIssuer ca', clusterIssuer],
  ['clusterissuers.cert-manager.io/shop.ca', 'may not', 'the ClusterIssuer ca', clusterIssuer],
  ['clusterissuers.cert-manager.io/shop.ca', 'may', 'a ClusterIssuer called shop.ca', { ...clusterIssuer, name: 'shop.ca' }],
  ['issuers.cert-manager.io/*', 'may not', 'the ClusterIssuer ca', clusterIssuer],

  ['widgetissuers.widgets.example/*', 'may', 'a foreign issuer', widgetIssuer],
  ['widgetissuers.widgets.example/shop.ca', 'may', 'a foreign issuer', widgetIssuer],
  ['widgetissuers.widgets.example/ca', 'may', 'a foreign issuer, which may belong to the cluster', widgetIssuer],
  ['widgetissuers.widgets.example/bank.ca', 'may not', 'a foreign issuer', widgetIssuer],
  ['widgetissuers.widgets.example/bank.ca', 'may not', 'a foreign issuer called bank.ca', { ...widgetIssuer, name: 'bank.ca' }],
  ['issuers.cert-manager.io/*', 'may not', 'a foreign issuer', widgetIssuer],
  ['widgetclusterissuers.widgets.example/ca', 'may', 'a foreign cluster issuer', widgetClusterIssuer],
  ['widgetclusterissuers.widgets.example/*', 'may', 'a foreign cluster issuer', widgetClusterIssuer],
  ['widgetclusterissuers.widgets.example/shop.ca', 'may not', 'a foreign cluster issuer', widgetClusterIssuer],
]

const rights = [...new Set(table.map(([right]) => right))].filter((right) => right !== 'nothing')
/** The holder of a right is called after it. */
const holder = (right: string): string => `holder-${right === 'nothing' ? 'none' : rights.indexOf(right)}`

beforeAll(async () => {
  await testbed().apply(writersIn('shop', 'bank', 'unguarded'))
  await testbed().kubectl(['label', 'namespace', 'unguarded', 'cert-manager.io/disable-validation=true'])
  await testbed().apply(rights.map((right) => approver(holder(right), right === 'every' ? undefined : [right])).join('---\n'))
  await testbed().apply(manifests(binding('lord-of-the-shop', 'cluster-admin', { kind: 'User', name: 'lord' }, 'shop')))
  await request('probe', { name: 'ca' })
  await waitFor('the policy works', async () =>
    (await user(holder('nothing')).tryToApprove({ name: 'probe' })).includes(policy) ? true : undefined,
  )
  // Rights reach the authorizer in the order in which they were given.
  const last = rights.at(-1) ?? ''
  await untilApprover(testbed(), { name: holder(last), signer: last })
})

describe('a user who may write the status, with the right to approve', () => {
  test.each(table.map((row, index) => [...row, index] as const))(
    '%s %s approve and deny requests for %s',
    async (right, may, _of, issuerRef, row) => {
      for (const verdict of [approved, denied]) {
        const name = `row-${row}-${verdict.type.toLowerCase()}`
        await request(name, issuerRef)
        const tried = await user(holder(right)).setConditions({ name }, [verdict])
        if (may === 'may') expect(said(tried)).toBe('')
        else expect(said(tried)).toContain(`${policy} with binding 'certwright-approval' denied request: user "${holder(right)}" may not`)
      }
    },
  )

  test('may not approve by a right in the namespace alone, not even as its cluster-admin', async () => {
    await request('lordly', clusterIssuer)
    expect(said(await user('lord').setConditions({ name: 'lordly' }, [approved]))).toContain(policy)
  })

  test('is told which right is missing', async () => {
    await request('told', issuer)
    expect(said(await user('nobody').setConditions({ name: 'told' }, [approved]))).toContain(
      'user "nobody" may not approve or deny requests for this issuer: it takes the verb approve on signers.cert-manager.io, ' +
        'resource name issuers.cert-manager.io/shop.ca or issuers.cert-manager.io/*',
    )
  })

  test('is not needed for other conditions, nor to leave an approval as it is', async () => {
    await request('worked-on', issuer)
    const pending = { type: 'Ready', status: 'False' }
    expect(said(await user('nobody').setConditions({ name: 'worked-on' }, [pending]))).toBe('')
    expect(said(await user(holder('issuers.cert-manager.io/*')).setConditions({ name: 'worked-on' }, [pending, approved]))).toBe('')
    expect(said(await user('nobody').setConditions({ name: 'worked-on' }, [approved, { type: 'Ready', status: 'True' }]))).toBe('')
  })

  test('is needed for a cluster admin too, who has it', async () => {
    await request('by-admin', issuer)
    const patch = JSON.stringify({ status: { conditions: [approved] } })
    expect(
      said(await testbed().kubectl(['patch', 'cr', 'by-admin', '-n', 'shop', '--subresource=status', '--type=merge', '--patch', patch])),
    ).toBe('')
  })

  test('is not asked for in namespaces with the label by which validation is switched off', async () => {
    expect(said(await user('nobody').request({ name: 'free', namespace: 'unguarded' }))).toBe('')
    expect(said(await user('nobody').setConditions({ name: 'free', namespace: 'unguarded' }, [approved]))).toBe('')
  })
})

describe('an approval', () => {
  const one = (): AdmissionUser => user(holder('every'))

  test('that comes with a new request is dropped', async () => {
    await request('born-approved', issuer, { conditions: [approved] })
    expect(await conditionsOf('born-approved')).toEqual([])
  })

  test('cannot be written past the status', async () => {
    await request('past-status', issuer)
    const patch = JSON.stringify({ status: { conditions: [approved] } })
    await one().kubectl(['patch', 'cr', 'past-status', '-n', 'shop', '--type=merge', '--patch', patch])
    expect(await conditionsOf('past-status')).toEqual([])
  })

  test.each([
    ['taken back', []],
    ['turned into a denial', [denied]],
    ['joined by a denial', [approved, denied]],
    ['made untrue', [{ ...approved, status: 'False' }]],
    ['given another reason', [{ ...approved, reason: 'Mine' }]],
  ])('cannot be %s, by nobody', async (what, conditions) => {
    const name = what.replaceAll(' ', '-')
    await request(name, issuer)
    expect(said(await one().setConditions({ name }, [approved]))).toBe('')
    expect((await one().setConditions({ name }, conditions)).code).toBe(1)
    expect(await conditionsOf(name)).toEqual(['Approved=True'])
  })

  test('cannot be given as untrue', async () => {
    await request('untrue', issuer)
    expect((await one().setConditions({ name: 'untrue' }, [{ ...approved, status: 'Unknown' }])).code).toBe(1)
    expect(await conditionsOf('untrue')).toEqual([])
  })

  describe('with the CRD of cert-manager, which has no rules', () => {
    beforeAll(() => removeRules(testbed()))

    test.each([
      ['taken back', [], 'cannot be changed or removed'],
      ['turned into a denial', [denied], 'cannot be changed or removed'],
      ['joined by a denial', [approved, denied], 'either Approved or Denied'],
      ['given another reason', [{ ...approved, reason: 'Mine' }], 'cannot be changed or removed'],
    ])('it cannot be %s either', async (what, conditions, why) => {
      const name = `${what.replaceAll(' ', '-')}-without-rules`
      await request(name, issuer)
      expect(said(await one().setConditions({ name }, [approved]))).toBe('')
      const refusal = said(await one().setConditions({ name }, conditions))
      expect(refusal).toContain(policy)
      expect(refusal).toContain(why)
    })

    test('it cannot be given as untrue either', async () => {
      await request('untrue-without-rules', issuer)
      const tried = await one().setConditions({ name: 'untrue-without-rules' }, [{ ...approved, status: 'Unknown' }])
      expect(said(tried)).toContain('with status True')
    })
  })
})

/** Made by the cluster admin. */
async function request(name: string, issuerRef: IssuerRef, status: object = {}): Promise<void> {
  const made = await testbed().kubectl(['create', '--filename', '-'], { input: manifests(certificateRequest({ name, issuerRef, status })) })
  expect(said(made)).toBe('')
}

/** The conditions as `type=status`. */
async function conditionsOf(name: string): Promise<readonly string[]> {
  const path = '--output=jsonpath={range .status.conditions[*]}{.type}={.status} {end}'
  const { stdout } = await testbed().kubectl(['get', 'certificaterequest', name, '--namespace=shop', path])
  return stdout.split(' ').filter((condition) => condition !== '')
}
