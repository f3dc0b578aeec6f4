import { expect, test } from 'vitest'
import { Redacted } from '../lib/redacted.ts'
import { createLog } from './log.ts'

test('as text, a line has its level, time, controller, message and fields', () => {
  const [line] = linesOf('text', (log) => log.info({ controller: 'orders', key: 'shop/web', tries: 2, names: ['a'] }, 'ordered "web"'))
  expect(line).toMatch(/^I\d{4} \d\d:\d\d:\d\d\.\d{6} {7}7 orders\] "ordered \\"web\\"" key="shop\/web" tries=2 names=\["a"\]\n$/)
})

test.each([
  ['debug', 'I'],
  ['info', 'I'],
  ['warn', 'W'],
  ['error', 'E'],
] as const)('as text, the level %s is the letter %s', (level, letter) => {
  const [line] = linesOf('text', (log) => log[level]({}, 'said'))
  expect(line?.slice(0, 1)).toBe(letter)
  expect(line).toMatch(/certwright\] "said"\n$/)
})

test('as text, an error stays on its line, with its stack', () => {
  const [line = ''] = linesOf('text', (log) => log.error({ err: new Error('broken') }, 'it broke'))
  expect(line).toMatch(/"it broke" err="Error: broken\\n {4}at /)
  expect(line.match(/\n/g)).toHaveLength(1)
})

test.each(['text', 'json'] as const)('as %s, no secret is told', (format) => {
  const lines = linesOf(format, (log) => log.info({ password: 'geheim', key: new Redacted('geheim'), deep: { token: 'geheim' } }, 'kept'))
  expect(lines.join('')).toContain('redacted')
  expect(lines.join('')).not.toContain('geheim')
})

test('as JSON, a line is an object', () => {
  const [line = ''] = linesOf('json', (log) => log.warn({ key: 'web' }, 'said'))
  expect(JSON.parse(line)).toMatchObject({ level: 'warn', key: 'web', msg: 'said', time: expect.stringMatching(/Z$/) })
})

function linesOf(format: 'text' | 'json', say: (log: ReturnType<typeof createLog>) => void): readonly string[] {
  const lines: string[] = []
  say(createLog({ v: 4, 'logging-format': format }, 7, { write: (line) => void lines.push(line) }))
  return lines
}
