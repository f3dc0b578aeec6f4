import { expect, test } from 'vitest'
import { instant, MINUTE, plus, type Instant } from '../lib/instant.ts'
import type { Cluster } from './cluster.ts'
import { KubeApiError } from './kube-api-error.ts'
import { ownIdentity } from './own-identity.ts'

const signal = new AbortController().signal
const me = { username: 'system:serviceaccount:cert-manager:certwright', uid: '4711', groups: ['system:authenticated'] }

test('it is what the API server says, but for what changes with every token', async () => {
  const { identity } = identityFrom(() => ({ userInfo: { ...me, extra: { 'authentication.kubernetes.io/credential-id': ['JTI=1'] } } }))
  expect(await identity()).toEqual(me)
})

test('a user of a client certificate has no UID', async () => {
  expect(await identityFrom(() => ({ userInfo: { username: 'ada', uid: '', groups: [] } })).identity()).toEqual({ username: 'ada' })
})

test.each([undefined, {}])('an answer that says nothing (%j) is nobody', async (status) => {
  expect(await identityFrom(() => status).identity()).toEqual({})
})

test.each([403, 404])('without an API for it (%i) it is nobody', async (code) => {
  expect(await identityFrom(() => refuse(code)).identity()).toEqual({})
})

test('an API server that fails is asked again', async () => {
  let isDown = true
  const { identity } = identityFrom(() => (isDown ? refuse(500) : { userInfo: me }))
  await expect(identity()).rejects.toThrow('500')
  isDown = false
  expect(await identity()).toEqual(me)
})

test('it is asked once in ten minutes', async () => {
  const { identity, asked, pass } = identityFrom(() => ({ userInfo: me }))
  await Promise.all([identity(), identity()])
  pass(9 * MINUTE)
  await identity()
  expect(asked()).toBe(1)
  pass(MINUTE)
  await identity()
  expect(asked()).toBe(2)
})

function refuse(status: number): never {
  throw new KubeApiError('Refused', `refused: ${status}`, { status })
}

function identityFrom(answer: () => unknown) {
  let now: Instant = instant(0)
  let asked = 0
  const create = () => {
    asked += 1
    return new Promise((resolve) => resolve({ status: answer() }))
  }
  const identity = ownIdentity({ cluster: { create } as unknown as Pick<Cluster, 'create'>, clock: { now: () => now } })
  return {
    identity: () => identity(signal),
    asked: () => asked,
    pass: (time: number) => {
      now = plus(now, time)
    },
  }
}
