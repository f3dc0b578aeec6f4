import { expect, test } from 'vitest'
import { parseServerAddress, showServerAddress } from './server-address.ts'

test.each<[text: string, shown: string | undefined]>([
  ['192.0.2.1:5353', '192.0.2.1:5353'],
  ['192.0.2.1:53', '192.0.2.1'],
  ['192.0.2.1', '192.0.2.1'],
  ['ns1.example.com:53', 'ns1.example.com'],
  ['[2001:db8::1]:5353', '[2001:db8::1]:5353'],
  ['[2001:db8::1]', '2001:db8::1'],
  [' https://dns.example/dns-query ', 'https://dns.example'],
  ['2001:db8::1', undefined],
  ['[192.0.2.1]:53', undefined],
  ['192.0.2.1:0', undefined],
  ['192.0.2.1:70000', undefined],
  ['192.0.2.1:dns', undefined],
  ['http://dns.example/', undefined],
  ['https://', undefined],
  ['', undefined],
])('%j is read as %j', (text, shown) => {
  const address = parseServerAddress(text)
  expect(address === undefined ? undefined : showServerAddress(address)).toBe(shown)
})
