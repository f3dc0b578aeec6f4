import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../e2e/wait-for.ts'
import { sharedTestbed } from '../testbed/shared.ts'
import { approver, binding, certificateRequest, manifests, writersIn } from './admission-objects.ts'
import type { RequestDraft } from './admission-objects.ts'
import { admissionUser, said } from './admission-user.ts'
import type { AdmissionUser } from './admission-user.ts'
import { newHelm, parseManifests } from './chart-helm.ts'

const testbed = sharedTestbed({ name: 'admission-variants' })
const ada = {
  name: 'ada',
  uid: '4711',
  groups: ['team-a'],
  extra: { scope: ['all'] },
}
const identityOfAda = { username: 'ada', uid: '4711', groups: ['writers', 'team-a', 'system:authenticated'], extra: { scope: ['all'] } }
const user = (name: string): AdmissionUser => admissionUser(testbed(), { name })

beforeAll(() => testbed().apply(writersIn('shop', 'bank')))

describe('where the cluster cannot stamp', () => {
  const requester = admissionPolicies(['--set', 'admission.stampRequester=false'], async () => {
    const tried = await dryRun(user('eve'), { name: 'probe', spec: { username: 'ada' } })
    return tried.includes("ValidatingAdmissionPolicy 'certwright-requester'")
  })

  test('no policy is made that it does not know', () => {
    expect(requester.kinds()).toEqual(['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'])
  })

  test.each([
    ['username', { username: 'system:admin' }],
    ['uid', { uid: '1' }],
    ['groups', { groups: ['system:masters'] }],
    ['groups with one too many', { groups: [...identityOfAda.groups, 'system:masters'] }],
    ['extra', { extra: { scope: ['root'] } }],
    ['extra with one too many', { extra: { ...identityOfAda.extra, more: ['1'] } }],
    ['uid beside a true username', { username: 'ada', uid: '1' }],
  ])('a forged %s is refused', async (_what, spec) => {
    const refusal = await dryRun(admissionUser(testbed(), ada), { name: 'forged', spec })
    expect(refusal).toContain("ValidatingAdmissionPolicy 'certwright-requester'")
    expect(refusal).toContain('leave them out, or write those that you have')
  })

  test.each([
    ['nothing', {}],
    ['their name only', { username: 'ada' }],
    ['all of it', identityOfAda],
  ])('a user may write %s about themselves', async (_what, spec) => {
    expect(await dryRun(admissionUser(testbed(), ada), { name: 'true', spec })).toBe('')
  })

  test('what was left out cannot be written later', async () => {
    expect(said(await admissionUser(testbed(), ada).request({ name: 'late' }))).toBe('')
    const patch = JSON.stringify({ spec: { username: 'ada' } })
    const tried = await admissionUser(testbed(), ada).kubectl(['patch', 'cr', 'late', '-n', 'shop', '--type=merge', '--patch', patch])
    expect(tried.code).toBe(1)
  })
})

describe('with an operator for the namespace shop only', () => {
  beforeAll(async () => {
    for (const namespace of ['shop', 'bank']) await testbed().apply(manifests(certificateRequest({ name: 'asked', namespace })))
    const [role = ''] = approver('local', ['issuers.cert-manager.io/*']).split('---\n')
    await testbed().apply(`${role}---\n${manifests(binding('local', 'approver-local', { kind: 'User', name: 'local' }, 'shop'))}`)
  })
  admissionPolicies(['--set', 'watchNamespace=shop,admission.stampRequester=true'], async () => {
    const refusal = await user('nobody').tryToApprove({ name: 'asked' })
    return refusal.includes("ValidatingAdmissionPolicy 'certwright-approval'") && (await requesterSaid('eve', 'ada')) === 'ada'
  })

  test('a right in that namespace is enough to approve there', async () => {
    await waitFor('local may approve', async () => ((await user('local').tryToApprove({ name: 'asked' })) === '' ? true : undefined))
    expect(await user('nobody').tryToApprove({ name: 'asked' })).toContain('user "nobody" may not')
  })

  test('requests in other namespaces are left to others', async () => {
    expect(said(await admissionUser(testbed(), ada).request({ name: 'foreign', namespace: 'bank', spec: { username: 'eve' } }))).toBe('')
    const read = ['get', 'certificaterequest', 'foreign', '--namespace=bank', '--output=jsonpath={.spec.username}']
    expect((await testbed().kubectl(read)).stdout).toBe('eve')
    expect(await user('nobody').tryToApprove({ name: 'asked', namespace: 'bank' })).toBe('')
  })
})

describe('the chart', () => {
  test.each([
    ['makes no policies with admission.enabled=false', 'admission.enabled=false', []],
    ['makes no policies where nothing may belong to the whole cluster', 'watchNamespace=shop,crds.enabled=false', []],
    [
      'stamps when it is told to',
      'admission.stampRequester=true',
      [
        'MutatingAdmissionPolicy',
        'MutatingAdmissionPolicyBinding',
        'ValidatingAdmissionPolicy',
        'ValidatingAdmissionPolicyBinding',
        'ValidatingAdmissionPolicy',
        'ValidatingAdmissionPolicyBinding',
      ].toSorted(),
    ],
    [
      'does not stamp unless it knows that the cluster can',
      'admission.enabled=true',
      ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding', 'ValidatingAdmissionPolicyBinding'],
    ],
  ])('%s', async (_what, setting, kinds) => {
    const rendered = parseManifests(await (await helm()).template(['--set', setting]))
    expect(
      rendered
        .map(({ kind }) => kind)
        .filter((kind) => kind.includes('Admission'))
        .toSorted(),
    ).toEqual(kinds)
  })

  test('stamps on this cluster without being told to, as an installation asks it what it can', async () => {
    const { run } = await helm(testbed().kubeconfig)
    const where = ['--namespace', 'cert-manager', '--create-namespace', '--take-ownership']
    expect(await run(['install', 'certwright', join(import.meta.dirname, '../../charts/certwright'), ...where])).toMatchObject({ code: 0 })
    expect(said(await testbed().kubectl(['get', 'mutatingadmissionpolicy', 'certwright-requester']))).toBe('')
    expect(await run(['uninstall', 'certwright', '--namespace', 'cert-manager', '--wait'])).toMatchObject({ code: 0 })
    expect((await testbed().kubectl(['get', 'mutatingadmissionpolicy', 'certwright-requester'])).code).toBe(1)
  })
})

/** Applies the policies of the chart with these options for the tests of a `describe`, and removes them afterwards. */
function admissionPolicies(options: readonly string[], areActive: () => Promise<boolean>): { readonly kinds: () => readonly string[] } {
  let applied = ''
  beforeAll(async () => {
    const only = ['requester', 'approval'].flatMap((name) => ['--show-only', `templates/admission-${name}.yaml`])
    applied = await (await helm()).template([...options, ...only])
    await testbed().apply(applied)
    await waitFor('the policies work', async () => ((await areActive()) ? true : undefined))
  })
  afterAll(async () => {
    await testbed().kubectl(['delete', '--filename', '-'], { input: applied })
    await waitFor('the policies are gone', async () => ((await requesterSaid('eve', 'ada')) === 'eve' ? true : undefined))
  })
  return { kinds: () => [...new Set(parseManifests(applied).map(({ kind }) => kind))].toSorted() }
}

function helm(kubeconfig?: string): ReturnType<typeof newHelm> {
  return newHelm({ folder: join(testbed().folder, 'helm'), ...(kubeconfig === undefined ? {} : { kubeconfig }) })
}

/** What would stand in `spec.username` if this user wrote `forged` there. */
async function requesterSaid(forged: string, by: string): Promise<string> {
  const tried = await user(by).kubectl(
    ['create', '--dry-run=server', '--output=jsonpath={.spec.username}', '--filename', '-'],
    certificateRequest({ name: 'probe', spec: { username: forged } }),
  )
  return tried.stdout
}

async function dryRun(by: AdmissionUser, draft: RequestDraft): Promise<string> {
  return said(await by.kubectl(['create', '--dry-run=server', '--filename', '-'], certificateRequest(draft)))
}
