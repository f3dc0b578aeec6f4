import { expect, test } from 'vitest'
import { AcmeError } from '../../acme/acme-error.ts'
import { instant, MINUTE, plus } from '../../lib/instant.ts'
import type { AnyIssuer } from '../signer.ts'
import { accountDoubts } from './account-doubts.ts'

const start = instant(1_000_000)
const issuer = (uid: string): AnyIssuer =>
  ({ apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata: { name: uid, namespace: 'shop', uid }, spec: {} }) as AnyIssuer

const refused = (name: string, detail: string): AcmeError =>
  new AcmeError(`acme/${name}`, '', { httpStatus: 403, problem: { type: `urn:ietf:params:acme:error:${name}`, detail, subproblems: [] } })
const deactivated = refused('unauthorized', 'the account is deactivated')

test('a doubt is told to who listens, and many at once are one', () => {
  let now = start
  const doubts = accountDoubts({ now: () => now })
  const told: string[] = []
  const stop = doubts.onChange(({ after }) => told.push(after?.metadata.name ?? ''))
  doubts.weigh(issuer('a'), deactivated)
  doubts.weigh(issuer('a'), deactivated)
  doubts.weigh(issuer('b'), deactivated)
  expect(told).toEqual(['a', 'b'])
  expect([doubts.countOf(issuer('a')), doubts.countOf(issuer('b')), doubts.countOf(issuer('c'))]).toEqual([1, 1, 0])

  now = plus(start, MINUTE)
  doubts.weigh(issuer('a'), deactivated)
  expect(doubts.countOf(issuer('a'))).toBe(2)
  stop()
  now = plus(now, MINUTE)
  doubts.weigh(issuer('a'), deactivated)
  expect(told).toEqual(['a', 'b', 'a'])
})

test.each(['rateLimited', 'serverInternal', 'malformed'])('%s says nothing about the account', (name) => {
  const doubts = accountDoubts({ now: () => start })
  doubts.weigh(issuer('a'), refused(name, 'no'))
  expect(doubts.countOf(issuer('a'))).toBe(0)
})

test('what the CA demands is told once, and kept while doubts come, until the CA takes an order', () => {
  const doubts = accountDoubts({ now: () => start })
  const told: (string | undefined)[] = []
  doubts.onChange(({ after }) => told.push(after === undefined ? 'gone' : doubts.demandOf(after)))
  doubts.served(issuer('a'))
  for (let times = 0; times < 3; times += 1) doubts.weigh(issuer('a'), refused('userActionRequired', 'agree'))
  doubts.weigh(issuer('a'), deactivated)
  doubts.served(issuer('a'))
  doubts.served(issuer('a'))
  const demand = '403 urn:ietf:params:acme:error:userActionRequired: agree'
  expect(told).toEqual([demand, demand, undefined])
  expect([doubts.demandOf(issuer('b')), doubts.countOf(issuer('a'))]).toEqual([undefined, 3])
})
