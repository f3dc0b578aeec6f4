import { expect, test } from 'vitest'
import type { ObjectKey } from './object-key.ts'
import { onChangeOf, onOwnChange } from './trigger.ts'
import type { ChangeSource, ObjectChange } from './trigger.ts'

interface Request {
  readonly metadata: { readonly namespace: string; readonly name: string }
  readonly owner: string
}

const request = (name: string, owner: string): Request => ({ metadata: { namespace: 'shop', name }, owner })

function source(): ChangeSource<Request> & { readonly tell: (change: ObjectChange<Request>) => void } {
  const handlers = new Set<(change: ObjectChange<Request>) => void>()
  return {
    onChange: (handler) => {
      handlers.add(handler)
      return () => void handlers.delete(handler)
    },
    tell: (change) => {
      for (const handler of handlers) handler(change)
    },
  }
}

test('a changed object is reconciled itself, also when it is gone', () => {
  const keys: ObjectKey[] = []
  const requests = source()
  onOwnChange(requests)((key) => keys.push(key))
  requests.tell({ before: undefined, after: request('web-1', 'web') })
  requests.tell({ before: request('web-1', 'web'), after: undefined })
  expect(keys).toEqual(['shop/web-1', 'shop/web-1'])
})

test('both the old and the new owner of a changed object are reconciled, one that stayed the same once', () => {
  const keys: ObjectKey[] = []
  const requests = source()
  const unsubscribe = onChangeOf(requests, ({ owner }) => [owner as ObjectKey])((key) => keys.push(key))
  requests.tell({ before: request('web-1', 'web'), after: request('web-1', 'mail') })
  requests.tell({ before: request('web-1', 'mail'), after: request('web-1', 'mail') })
  expect(keys).toEqual(['web', 'mail', 'mail'])
  unsubscribe()
  requests.tell({ before: request('web-1', 'mail'), after: undefined })
  expect(keys).toHaveLength(3)
})
