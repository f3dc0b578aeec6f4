import { describe, expect, test } from 'vitest'

import { DerReader, readBitString, readNamedBits, readOptionalBoolean, readUnsigned } from './der-reader.ts'
import { namedBits, sequence, smallInteger, tag, unsignedInteger } from './der-writer.ts'
import { encodeOid, readOid } from './object-identifier.ts'

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex')
}

/** What a read of `hex` yields, or why it fails. */
function outcome(hex: string, read: (reader: DerReader) => unknown): unknown {
  const reader = DerReader.over(bytes(hex))
  const value = read(reader)
  reader.finish('it')
  return reader.why ?? value
}

describe('a DER reader', () => {
  test.each<[what: string, hex: string, why: string]>([
    ['nothing', '', 'it is cut off'],
    ['a tag alone', '30', 'it is cut off'],
    ['a content shorter than its length', '30 03 01 01', 'it is cut off'],
    ['a length of gigabytes', '30 84 7fffffff', 'it is cut off'],
    ['a length of more than four bytes', '30 85 0100000000', 'it has a length that is not DER'],
    ['a length of 126 bytes', `30 fe ${'ff'.repeat(126)}`, 'it has a length that is not DER'],
    ['the indefinite form', '30 80 0000', 'it has a length that is not DER'],
    ['a length in long form that fits the short one', '30 81 01 00', 'it has a length that is not DER'],
    ['a length with a leading zero', `30 82 0080 ${'00'.repeat(128)}`, 'it has a length that is not DER'],
    ['a tag of several bytes', '1f 81 01 00', 'it has a tag that X.509 does not use'],
    ['trailing bytes', '30 00 00', 'it has trailing bytes'],
  ])('refuses %s', (_what, hex, why) => {
    expect(outcome(hex, (reader) => reader.any('it'))).toBe(why)
  })

  test('reads lengths of one, two and three bytes', () => {
    for (const size of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
      const reader = DerReader.over(sequence(new Uint8Array(size)))
      expect(reader.read(tag.sequence, 'it')).toHaveLength(size)
      expect(reader.why).toBeUndefined()
    }
  })

  test('refuses another type than the one asked for, and keeps the first fault', () => {
    const reader = DerReader.over(bytes('02 01 05 02 01 06'))
    expect(reader.read(tag.sequence, 'the first')).toHaveLength(0)
    expect(reader.atEnd).toBe(true)
    readUnsigned(reader, 'the second')
    expect(reader.why).toBe('the first has an unexpected type')
  })

  test('shares a fault with the readers it opens', () => {
    const outer = DerReader.over(bytes('30 02 05 01'))
    outer.enter(tag.sequence, 'the list').any('an item')
    expect(outer.why).toBe('an item is cut off')
    expect(outer.atEnd).toBe(true)
  })

  test('steps over thousands of nested elements as over one', () => {
    let nested: Uint8Array = sequence()
    for (let depth = 0; depth < 5_000; depth += 1) nested = sequence(nested)
    const reader = DerReader.over(nested)
    expect(reader.any('it').content).toHaveLength(nested.length - 4)
    expect(reader.atEnd).toBe(true)
  })
})

describe('an INTEGER', () => {
  test.each([
    ['00', '02 01 00'],
    ['7f', '02 01 7f'],
    ['80', '02 02 00 80'],
    ['0102', '02 02 01 02'],
  ])('%s is read and written back', (value, hex) => {
    expect(outcome(hex, (reader) => Buffer.from(readUnsigned(reader, 'it')).toString('hex'))).toBe(value)
    expect(Buffer.from(unsignedInteger(bytes(value)))).toEqual(bytes(hex))
  })

  test.each([
    ['without content', '02 00', 'it is empty'],
    ['below zero', '02 01 80', 'it is negative'],
    ['with needless padding', '02 02 00 7f', 'it has padding that is not DER'],
  ])('%s is refused', (_what, hex, why) => {
    expect(outcome(hex, (reader) => readUnsigned(reader, 'it'))).toBe(why)
  })

  test('is written without leading zeros', () => {
    expect(Buffer.from(unsignedInteger(bytes('00 00 80')))).toEqual(bytes('02 02 00 80'))
    expect(Buffer.from(unsignedInteger(bytes('00 00')))).toEqual(bytes('02 01 00'))
    expect(Buffer.from(smallInteger(256))).toEqual(bytes('02 02 01 00'))
  })
})

describe('a BIT STRING', () => {
  test.each([
    [0b1, '03 02 07 80'],
    [0b101, '03 02 05 a0'],
    [0b1_0000_0001, '03 03 07 80 80'],
    [0, '03 01 00'],
  ])('of the named bits %i is read and written back', (bits, hex) => {
    expect(outcome(hex, (reader) => readNamedBits(reader, 'it'))).toBe(bits)
    expect(Buffer.from(namedBits(bits))).toEqual(bytes(hex))
  })

  test.each([
    ['without the count of unused bits', '03 00'],
    ['with more unused bits than a byte has', '03 02 08 80'],
    ['with unused bits but no byte', '03 01 01'],
  ])('%s is refused', (_what, hex) => {
    expect(outcome(hex, (reader) => readNamedBits(reader, 'it'))).toBe('it is not a bit string')
  })

  test('of whole bytes has no unused bits', () => {
    expect(outcome('03 02 00 ff', (reader) => Buffer.from(readBitString(reader, 'it')).toString('hex'))).toBe('ff')
    expect(outcome('03 02 01 fe', (reader) => readBitString(reader, 'it'))).toBe('it is not a string of whole bytes')
  })
})

test.each([
  ['01 01 ff', true],
  ['01 01 00', false],
  ['', false],
  ['01 01 01', 'it is not a boolean of DER'],
  ['01 00', 'it is not a boolean of DER'],
])('a BOOLEAN %j reads as %s', (hex, expected) => {
  expect(outcome(hex, (reader) => readOptionalBoolean(reader, 'it'))).toBe(expected)
})

describe('an OBJECT IDENTIFIER', () => {
  test.each([
    ['2.5.4.3', '06 03 55 04 03'],
    ['1.2.840.113549', '06 06 2a 86 48 86 f7 0d'],
    ['0.9.2342.19200300.100.1.25', '06 0a 09 92 26 89 93 f2 2c 64 01 19'],
    ['2.999', '06 02 88 37'],
  ])('%s is read and written back', (dotted, hex) => {
    expect(outcome(hex, (reader) => readOid(reader, 'it'))).toBe(dotted)
    expect(Buffer.from(encodeOid(dotted) ?? [])).toEqual(bytes(hex))
  })

  test.each([
    ['without content', '06 00'],
    ['that is cut off', '06 02 55 84'],
    ['with a padded arc', '06 03 55 80 03'],
    ['with an arc that no number holds', '06 0b 55 ffffffffffffffffff 7f'],
    ['of 200 bytes', `06 81 c8 ${'55'.repeat(200)}`],
  ])('%s is refused', (_what, hex) => {
    expect(outcome(hex, (reader) => readOid(reader, 'it'))).toBe('it is not an object identifier')
  })

  test.each(['', '1', '3.1', '1.40', '1.2.', '1.02', '1.-2', 'a.b', '1.2.99999999999999999999', '1.2'.padEnd(300, '.1')])(
    'cannot be made of %j',
    (dotted) => {
      expect(encodeOid(dotted)).toBeUndefined()
    },
  )
})
