import { describe, expect, test } from 'vitest'

import { encodePem, parsePem } from './pem.ts'

const block = encodePem('CERTIFICATE', Uint8Array.of(1, 2, 3))

function labels(text: string | Uint8Array): readonly string[] | string {
  const reading = parsePem(text)
  return reading.kind === 'ok' ? reading.blocks.map(({ label, der }) => `${label} ${Buffer.from(der).toString('hex')}`) : reading.why
}

describe('a PEM text', () => {
  test('is written with 64 characters a line', () => {
    expect(encodePem('X', new Uint8Array(60))).toBe(`-----BEGIN X-----\n${'A'.repeat(64)}\n${'A'.repeat(16)}\n-----END X-----\n`)
  })

  test.each<[what: string, text: string | Uint8Array, blocks: readonly string[]]>([
    ['one block', block, ['CERTIFICATE 010203']],
    ['bytes', Buffer.from(block), ['CERTIFICATE 010203']],
    ['two blocks', block + block, ['CERTIFICATE 010203', 'CERTIFICATE 010203']],
    ['text around blocks', `subject=CN = a\n${block}# the next one\n\n${block}end`, ['CERTIFICATE 010203', 'CERTIFICATE 010203']],
    ['no newline at the end', block.trimEnd(), ['CERTIFICATE 010203']],
    ['lines that end in CRLF', block.replaceAll('\n', '\r\n'), ['CERTIFICATE 010203']],
    ['RFC 1421 headers', block.replace('AQID', 'Proc-Type: 4\nDEK-Info: x\n\nAQID'), ['CERTIFICATE 010203']],
    ['spaces within the base64', block.replace('AQID', ' AQ\n ID\t'), ['CERTIFICATE 010203']],
    ['a block without bytes', '-----BEGIN X-----\n-----END X-----\n', ['X ']],
    ['a malformed block before a good one', `${block.replace('AQID', 'A?ID')}${block}`, ['CERTIFICATE 010203']],
    ['a BEGIN without END before a good block', `-----BEGIN X-----\nAQID\n${block}`, ['CERTIFICATE 010203']],
  ])('with %s is read', (_what, text, blocks) => {
    expect(labels(text)).toEqual(blocks)
  })

  test.each<[what: string, text: string, why: string]>([
    ['nothing', '', 'there is no PEM block'],
    ['other text', 'hello\nworld', 'there is no PEM block'],
    ['no END', block.replace(/-----END.*/, ''), 'there is no PEM block'],
    ['an END of another label', block.replace('END CERTIFICATE', 'END X'), 'the CERTIFICATE block ends as X'],
    ['characters that are not base64', block.replace('AQID', 'AQ!D'), 'the CERTIFICATE block is not base64'],
    ['base64 for URLs', block.replace('AQID', '-_ID'), 'the CERTIFICATE block is not base64'],
    ['base64 that is cut off', block.replace('AQID', 'AQI'), 'the CERTIFICATE block is not base64'],
    ['padding in the middle', block.replace('AQID', 'AQ==AQID'), 'the CERTIFICATE block is not base64'],
    ['an indented block', block.replaceAll(/^/gm, '  '), 'there is no PEM block'],
  ])('with %s is unreadable', (_what, text, why) => {
    expect(labels(text)).toBe(why)
  })

  test('on a single line is unreadable, and the reason does not quote what may be a key', () => {
    const line = '-----BEGIN PRIVATE KEY----- c2VjcmV0 -----END PRIVATE KEY-----'
    expect(labels(`${line}\n-----END PRIVATE KEY-----`)).toBe('a BEGIN or END line holds more than a label')
  })

  test('larger than the limit is unreadable', () => {
    expect(parsePem(block, { maxBytes: block.length - 1 })).toEqual({
      kind: 'unreadable',
      why: 'the PEM has 59 bytes, more than the limit of 58',
    })
    expect(parsePem(block, { maxBytes: block.length }).kind).toBe('ok')
  })

  test.each<[what: string, part: string]>([
    ['letters', 'A'],
    ['dashes', '-'],
    ['newlines', '\n'],
    ['BEGIN lines', '-----BEGIN X-----\n'],
    ['END lines', '-----END X-----\n'],
    ['half BEGIN lines', '-----BEGIN '],
    ['headers without end', '-----BEGIN X-----\na:b\n'],
  ])('of 1 MB of %s is unreadable before the test runs out of time, as quadratic work would', (_what, part) => {
    const text = part.repeat(1_000_000 / part.length)
    expect(parsePem(text, { maxBytes: 2 ** 24 }).kind).toBe('unreadable')
  })
})
