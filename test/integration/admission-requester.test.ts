import { beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../e2e/wait-for.ts'
import type { KubectlResult } from '../testbed/kubectl.ts'
import { sharedTestbed } from '../testbed/shared.ts'
import { certificateRequest, writersIn } from './admission-objects.ts'
import { admissionUser, removeRules, said, serviceAccountUser } from './admission-user.ts'
import type { AdmissionUser } from './admission-user.ts'

const testbed = sharedTestbed({ name: 'admission-requester', installed: 'operator' })
const policy = "ValidatingAdmissionPolicy 'certwright-requester'"

const ada = {
  name: 'ada',
  uid: '4711',
  groups: ['team-a'],
  extra: { 'example.com/tickets': ['T-1', 'T-2'], scope: ['all'] },
} as const
const identityOfAda = {
  username: 'ada',
  uid: '4711',
  groups: ['writers', 'team-a', 'system:authenticated'],
  extra: { 'example.com/tickets': ['T-1', 'T-2'], scope: ['all'] },
}

beforeAll(async () => {
  await testbed().apply(writersIn('shop'))
  // The API server takes up new policies by a watch of its own.
  await waitFor('requests are stamped', async () => {
    const { stdout } = await admissionUser(testbed(), { name: 'eve' }).kubectl(
      ['create', '--dry-run=server', '--output=jsonpath={.spec.username}', '--filename', '-'],
      certificateRequest({ name: 'probe' }),
    )
    return stdout === 'eve' ? true : undefined
  })
  await waitFor('edits are refused', async () => {
    const eve = admissionUser(testbed(), { name: 'eve' })
    await eve.request({ name: 'probe' })
    return said(await annotate(eve, 'probe', 'cert-manager.io/note=1', '--dry-run=server')).includes(policy) ? true : undefined
  })
})

describe('a new CertificateRequest', () => {
  test('tells who made it: name, UID, groups and extra', async () => {
    expect(said(await admissionUser(testbed(), ada).request({ name: 'plain' }))).toBe('')
    expect(await identityOf('plain')).toEqual(identityOfAda)
  })

  test('tells who made it although they wrote somebody else', async () => {
    const forged = {
      username: 'system:admin',
      uid: '1',
      groups: ['system:masters', 'a', 'b', 'c'],
      extra: { scope: ['root'], 'forged.example.com/more': ['1'] },
    }
    expect(said(await admissionUser(testbed(), ada).request({ name: 'forged', spec: forged }))).toBe('')
    expect(await identityOf('forged')).toEqual(identityOfAda)
  })

  test('of a user without UID and extra keeps nothing of what they wrote there', async () => {
    const forged = { uid: '1', extra: { scope: ['root'] } }
    expect(said(await admissionUser(testbed(), { name: 'bob' }).request({ name: 'bare', spec: forged }))).toBe('')
    expect(await identityOf('bare')).toEqual({ username: 'bob', uid: '', groups: ['writers', 'system:authenticated'], extra: {} })
  })

  test('of a service account with a token tells its name, groups and credential', async () => {
    const robot = await serviceAccountUser(testbed(), { namespace: 'shop', name: 'robot' })
    await waitFor('the account may write', async () => {
      const { stdout } = await robot.kubectl(['auth', 'can-i', 'create', 'certificaterequests.cert-manager.io', '--namespace=shop'])
      return stdout.startsWith('yes') ? true : undefined
    })
    expect(said(await robot.request({ name: 'robot', spec: { username: 'ada' } }))).toBe('')
    expect(await identityOf('robot')).toEqual({
      username: 'system:serviceaccount:shop:robot',
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=/)] },
    })
  })

  test('made by server-side apply is stamped, and applying the same manifest again changes nothing', async () => {
    const user = admissionUser(testbed(), ada)
    const apply = () => user.kubectl(['apply', '--server-side', '--filename', '-'], certificateRequest({ name: 'applied' }))
    expect(said(await apply())).toBe('')
    expect(said(await apply())).toBe('')
    expect(await identityOf('applied')).toEqual(identityOfAda)
  })

  test('made by client-side apply is stamped, and somebody else may apply the same manifest', async () => {
    const apply = (name: string) =>
      admissionUser(testbed(), { name }).kubectl(['apply', '--filename', '-'], certificateRequest({ name: 'applied-by-two' }))
    expect(said(await apply('bob'))).toBe('')
    expect(said(await apply('eve'))).toBe('')
    expect(await identityOf('applied-by-two')).toMatchObject({ username: 'bob' })
  })

  test('without a spec is refused by the rule of its kind, in words for people', async () => {
    const { kind, apiVersion, metadata } = certificateRequest({ name: 'empty' }) as Record<string, unknown>
    const tried = await admissionUser(testbed(), ada).kubectl(['create', '--filename', '-'], { kind, apiVersion, metadata })
    expect(said(tried)).toContain('spec is needed: request and issuerRef')
  })
})

describe('a CertificateRequest that is there', () => {
  const annotations = {
    'cert-manager.io/private-key-secret-name': 'key',
    'acme.cert-manager.io/http01-override-ingress-name': 'web',
    'example.com/note': 'one',
  }
  const made = 'annotated-by-ada'

  beforeAll(async () => {
    expect(said(await admissionUser(testbed(), ada).request({ name: made, annotations }))).toBe('')
  })

  test.each([
    ['change', 'cert-manager.io/private-key-secret-name=other'],
    ['change', 'acme.cert-manager.io/http01-override-ingress-name=other'],
    ['remove', 'cert-manager.io/private-key-secret-name-'],
    ['remove', 'acme.cert-manager.io/http01-override-ingress-name-'],
    ['add', 'cert-manager.io/certificate-name=web'],
    ['add', 'acme.cert-manager.io/anything=new'],
  ])('its maker cannot %s the annotation: %s', async (_verb, edit) => {
    expect(said(await annotate(admissionUser(testbed(), ada), made, edit))).toContain(policy)
  })

  test.each([
    ['change', 'example.com/note=two'],
    ['remove', 'example.com/note-'],
    ['add', 'venafi.cert-manager.io/pickup-id=1'],
    ['add', 'not-cert-manager.io/note=1'],
  ])('its maker can %s the annotation: %s', async (_verb, edit) => {
    expect(said(await annotate(admissionUser(testbed(), ada), made, edit))).toBe('')
  })

  test('all its annotations cannot be removed at once', async () => {
    const patch = JSON.stringify({ metadata: { annotations: null } })
    const tried = await admissionUser(testbed(), ada).kubectl(['patch', 'cr', made, '-n', 'shop', '--type=merge', '--patch', patch])
    expect(said(tried)).toContain(policy)
  })

  test.each([
    ['username', { username: 'system:admin' }],
    ['uid', { uid: null }],
    ['groups', { groups: ['system:masters'] }],
    ['extra', { extra: { scope: ['root'] } }],
  ])('nobody can change its %s, not even a cluster admin', async (_field, spec) => {
    const patch = JSON.stringify({ spec })
    const tried = await testbed().kubectl(['patch', 'cr', made, '-n', 'shop', '--type=merge', '--patch', patch])
    expect(tried).toMatchObject({ code: 1 })
    expect(await identityOf(made)).toEqual(identityOfAda)
  })
})

describe('with the CRD of cert-manager, which has no rules', () => {
  beforeAll(async () => {
    await removeRules(testbed())
    expect(said(await admissionUser(testbed(), ada).request({ name: 'without-rules' }))).toBe('')
  })

  test.each([
    ['username', { username: 'system:admin' }],
    ['uid', { uid: null }],
    ['groups', { groups: ['system:masters'] }],
    ['extra', { extra: { scope: ['root'] } }],
  ])('the policy keeps the %s', async (_field, spec) => {
    const patch = JSON.stringify({ spec })
    expect(said(await testbed().kubectl(['patch', 'cr', 'without-rules', '-n', 'shop', '--type=merge', '--patch', patch]))).toContain(
      `${policy} with binding 'certwright-requester' denied request: spec.username, uid, groups and extra cannot be changed`,
    )
  })
})

function annotate(user: AdmissionUser, name: string, edit: string, ...more: readonly string[]): Promise<KubectlResult> {
  return user.kubectl(['annotate', '--overwrite', 'certificaterequest', name, edit, '--namespace=shop', ...more])
}

async function identityOf(name: string): Promise<unknown> {
  const { stdout } = await testbed().kubectl(['get', 'certificaterequest', name, '--namespace=shop', '--output=json'])
  const { username, uid, groups, extra } = (JSON.parse(stdout) as { readonly spec: Readonly<Record<string, unknown>> }).spec as {
    readonly username?: string
    readonly uid?: string
    readonly groups?: readonly string[]
    readonly extra?: object
  }
  return { username, uid, groups, extra }
}
