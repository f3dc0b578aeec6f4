import { expect, test } from 'vitest'
import type { OrderSpec } from '../../crds/order.ts'
import { isOrdered, orderedIdentifiers } from './ordered-identifiers.ts'

const order = (names: Partial<OrderSpec>): OrderSpec => ({ request: '', issuerRef: { name: 'acme' }, ...names })

test.each<[asksFor: string, names: Partial<OrderSpec>, identifiers: readonly string[]]>([
  ['names', { dnsNames: ['B.example', 'a.example'] }, ['b.example', 'a.example']],
  ['a common name as well', { commonName: 'c.example', dnsNames: ['a.example'] }, ['c.example', 'a.example']],
  ['a common name for people', { commonName: 'My Service', dnsNames: ['a.example'] }, ['a.example']],
  ['addresses', { commonName: '192.0.2.1', ipAddresses: ['2001:DB8:0::1'] }, ['192.0.2.1', '2001:db8::1']],
])('an Order with %s asks for them, each once', (_asksFor, names, identifiers) => {
  expect(orderedIdentifiers(order(names)).map(({ value }) => value)).toEqual(identifiers)
})

test.each<[wanted: string, isWanted: boolean]>([
  ['www.example', true],
  ['WWW.Example', true],
  ['wild.example', true],
  ['2001:db8:0:0::1', true],
  ['example', false],
  ['sub.www.example', false],
  ['victim.example', false],
  ['192.0.2.1', false],
])('proof of %s is for an Order of www, *.wild and an address: %s', (wanted, isWanted) => {
  const spec = order({ dnsNames: ['www.example', '*.wild.example'], ipAddresses: ['2001:db8::1'] })
  expect(isOrdered(spec, wanted)).toBe(isWanted)
})
