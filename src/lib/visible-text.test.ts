import { expect, test } from 'vitest'
import { visibleText } from './visible-text.ts'

test.each<[title: string, given: string, shown: string]>([
  ['words stay', 'no such zone: example.com', 'no such zone: example.com'],
  ['line breaks become spaces', ' one\r\n\ttwo ', 'one two'],
  ['terminal escapes and direction marks go', 'a\u001b[31mb\u202ec', 'a [31mb c'],
  ['a long text is cut by whole characters', '😀'.repeat(500), `${'😀'.repeat(399)}…`],
])('%s', (_title, given, shown) => {
  expect(visibleText(given)).toBe(shown)
})
