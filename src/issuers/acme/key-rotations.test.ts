import { expect, test } from 'vitest'
import type { AnyIssuer } from '../signer.ts'
import { lastRotation, rotationsAfter, rotationWish } from './key-rotations.ts'

const issuer = (name: string, wish?: string): AnyIssuer => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'Issuer',
  metadata: { name, namespace: 'shop', ...(wish === undefined ? {} : { annotations: { 'certwright.dev/rotate-account-key': wish } }) },
  spec: {},
})

test('issuers that share a Secret do not undo what each other have asked for', () => {
  const first = rotationsAfter({}, issuer('one', 'a'))
  const both = rotationsAfter(first, issuer('two', 'b'))
  expect(lastRotation(both, issuer('one'))).toBe('a')
  expect(lastRotation(both, issuer('two'))).toBe('b')
  expect(lastRotation(both, issuer('three'))).toBeUndefined()
})

test.each(['', '[]', 'null', '{"Issuer/shop/one": 1}', '{"Issuer/shop/one": {}}', '{'])('an annotation %j says nothing', (text) => {
  expect(lastRotation({ 'certwright.dev/account-key-rotations': text }, issuer('one'))).toBeUndefined()
})

test('an issuer without a wish leaves no annotation', () => {
  expect(rotationsAfter({}, issuer('one'))).toEqual({})
  expect(rotationWish(issuer('one', ''))).toBeUndefined()
})
