import { expect, test } from 'vitest'
import { serverNameOf } from './server-name.ts'

test.each([
  ['a.example', 'a.example'],
  ['A.Example.', 'a.example'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['192.0.2.7', '7.2.0.192.in-addr.arpa'],
  // The example of RFC 8738 §6.
  ['2001:db8::1', '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa'],
])('the certificate of %s is asked for by the server name %s', (identifier, name) => {
  expect(serverNameOf(identifier)).toBe(name)
})

test.each(['', '.', 'a..b', 'a`) || HostSNI(`b', 'a b', '*.a.example', 'a.example\n'])('%j is no host name', (identifier) => {
  expect(serverNameOf(identifier)).toBeUndefined()
})
