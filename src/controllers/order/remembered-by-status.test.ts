import { expect, test } from 'vitest'
import type { OrderStatus } from '../../crds/order.ts'
import { limitReason, waitReason } from '../../issuers/acme/order-wait.ts'
import { instant } from '../../lib/instant.ts'
import { rememberedByStatus } from './remembered-by-status.ts'
import type { OrderMemory } from './world.ts'

const until = instant(1_700_000_000_000)
const named = waitReason('429 urn:ietf:params:acme:error:rateLimited: slow down', until)
const ours = limitReason('The CA takes no more orders for this account for now', until)

test.each<[when: string, status: OrderStatus | undefined, then: OrderMemory]>([
  ['there is no status', undefined, {}],
  ['the CA named a time', { reason: named }, { wait: { until, attempts: 0, why: named } }],
  ['a limit of the CA was reached', { reason: ours }, { wait: { until, attempts: 0, why: ours } }],
  ['the CA named no time', { reason: waitReason('503 no reason', undefined) }, {}],
  ['it says something else', { reason: 'The order expired at the CA at 2023-11-14T22:13:20Z' }, {}],
])('when %s', (_when, status, then) => {
  const metadata = { name: 'web-1-1', namespace: 'shop' }
  const spec = { request: '', issuerRef: { name: 'le' } }
  expect(
    rememberedByStatus({
      apiVersion: 'acme.cert-manager.io/v1',
      kind: 'Order',
      metadata,
      spec,
      ...(status === undefined ? {} : { status }),
    }),
  ).toEqual(then)
})
