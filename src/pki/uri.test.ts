import { expect, test } from 'vitest'

import { uriProblem } from './uri.ts'

test.each([
  '',
  'spiffe://cluster.example/ns/shop/sa/web',
  'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
  'https://jane:secret@web.example:8443/a%20b?q=%zz|#top',
  'https://[2001:db8::1]:8443/',
  'http://web.example:',
  'mailto:jane@web.example',
  '/path/only',
  'file:///etc/motd',
  'x:%zz',
])('%j can be parsed', (uri) => {
  expect(uriProblem(uri)).toBeUndefined()
})

test.each([
  ['http://web.example/a\tb', 'it has a character that is not printable ASCII'],
  ['://web.example', 'there is nothing before its colon'],
  ['1a:b', 'its path begins with a colon, and it has no scheme'],
  ['%zz', 'a percent sign in it is not followed by two hexadecimal digits'],
  ['http://web.example/%4', 'a percent sign in it is not followed by two hexadecimal digits'],
  ['http://web.example/#%', 'a percent sign in it is not followed by two hexadecimal digits'],
  ['http://web example/', 'its host has characters that no host name has'],
  ['http://ja ne@web.example/', 'its user name has characters that may not stand there'],
  ['http://web.example:https/', 'its port is not a number'],
  ['http://web..example/', 'its host has an empty part between two dots'],
  ['http://web.example./', 'its host has an empty part between two dots'],
])('%j cannot: %s', (uri, why) => {
  expect(uriProblem(uri)).toBe(why)
})
