import { expect, test } from 'vitest'
import { linkTargets } from './link-targets.ts'

const alternates = { from: 'https://ca.example/certificate/1', relation: 'alternate' }

test.each<[header: string | readonly string[] | undefined, urls: readonly string[]]>([
  [undefined, []],
  ['<https://ca.example/certificate/1/1>;rel="alternate"', ['https://ca.example/certificate/1/1']],
  ['</certificate/1/1>; rel=alternate', ['https://ca.example/certificate/1/1']],
  ['<1/1>; title="other"; REL="up Alternate"', ['https://ca.example/certificate/1/1']],
  [
    ['<https://ca.example/dir>;rel="index"', '<https://ca.example/a>;rel="alternate", <https://ca.example/b>;rel="alternate"'],
    ['https://ca.example/a', 'https://ca.example/b'],
  ],
  ['<https://ca.example/a>;rel="alternate", <https://ca.example/a>;rel="alternate"', ['https://ca.example/a']],
  ['<https://ca.example/a>;rel="alternates"', []],
  ['<http://[broken>;rel="alternate"', []],
  ['rel="alternate"', []],
])('a Link of %j offers the alternates %j', (header, urls) => {
  expect(linkTargets(header, alternates)).toEqual(urls)
})

test('other relations are asked for by their names', () => {
  const header = '<https://ca.example/dir>;rel="index", <https://ca.example/terms>;rel="terms-of-service"'
  expect(linkTargets(header, { ...alternates, relation: 'terms-of-service' })).toEqual(['https://ca.example/terms'])
})

test('no more than ten are taken from a server that offers thousands', () => {
  const header = Array.from({ length: 5_000 }, (_, index) => `</${index}>;rel="alternate"`).join(', ')
  expect(linkTargets(header, alternates)).toHaveLength(10)
})
