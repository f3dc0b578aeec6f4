import { expect, test } from 'vitest'
import { instant, MINUTE, plus } from '../../lib/instant.ts'
import type { AnyIssuer } from '../signer.ts'
import { accountDoubts } from './account-doubts.ts'

const start = instant(1_000_000)
const issuer = (uid: string): AnyIssuer =>
  ({ apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata: { name: uid, namespace: 'shop', uid }, spec: {} }) as AnyIssuer

test('a doubt is told to who listens, and many at once are one', () => {
  let now = start
  const doubts = accountDoubts({ now: () => now })
  const told: string[] = []
  const stop = doubts.onChange(({ after }) => told.push(after?.metadata.name ?? ''))
  doubts.raise(issuer('a'))
  doubts.raise(issuer('a'))
  doubts.raise(issuer('b'))
  expect(told).toEqual(['a', 'b'])
  expect([doubts.countOf(issuer('a')), doubts.countOf(issuer('b')), doubts.countOf(issuer('c'))]).toEqual([1, 1, 0])

  now = plus(start, MINUTE)
  doubts.raise(issuer('a'))
  expect(doubts.countOf(issuer('a'))).toBe(2)
  stop()
  now = plus(now, MINUTE)
  doubts.raise(issuer('a'))
  expect(told).toEqual(['a', 'b', 'a'])
})
