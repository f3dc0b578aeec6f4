import { describe, expect, test } from 'vitest'

import { DerReader } from './der/der-reader.ts'
import { formatDistinguishedName, parseDistinguishedName } from './distinguished-name.ts'
import { encodeName, isEmptyName, readName, subjectFields, subjectName } from './name.ts'
import type { Name } from './name.ts'
import { attributeOid } from './oids.ts'

const { CN, O, OU, C, DC, UID, STREET } = attributeOid

function nameOf(text: string): Name | string {
  const reading = parseDistinguishedName(text)
  return reading.kind === 'ok' ? reading.name : reading.why
}

describe('an RFC 4514 string', () => {
  test.each<[text: string, name: Name]>([
    ['', []],
    ['CN=web', [[{ type: CN, value: 'web' }]]],
    ['CN=web,OU=ops,O=Acme', [[{ type: O, value: 'Acme' }], [{ type: OU, value: 'ops' }], [{ type: CN, value: 'web' }]]],
    [' CN = web , O = Acme ', [[{ type: O, value: 'Acme' }], [{ type: CN, value: 'web' }]]],
    ['cn=web;o=Acme', [[{ type: O, value: 'Acme' }], [{ type: CN, value: 'web' }]]],
    ['UID=jsmith,DC=example,DC=net', [[{ type: DC, value: 'net' }], [{ type: DC, value: 'example' }], [{ type: UID, value: 'jsmith' }]]],
    [
      'OU=Sales+CN=J.  Smith,C=US',
      [
        [{ type: C, value: 'US' }],
        [
          { type: OU, value: 'Sales' },
          { type: CN, value: 'J.  Smith' },
        ],
      ],
    ],
    ['CN=James \\"Jim\\" Smith\\, III', [[{ type: CN, value: 'James "Jim" Smith, III' }]]],
    ['CN=Before\\0dAfter', [[{ type: CN, value: 'Before\rAfter' }]]],
    ['CN=Lu\\C4\\8Di\\C4\\87', [[{ type: CN, value: 'Lučić' }]]],
    ['CN=Lučić', [[{ type: CN, value: 'Lučić' }]]],
    ['CN=\\ web\\ ', [[{ type: CN, value: ' web ' }]]],
    ['CN=a\\\\', [[{ type: CN, value: 'a\\' }]]],
    ['CN=\\#1', [[{ type: CN, value: '#1' }]]],
    ['CN=a\\+b\\=c', [[{ type: CN, value: 'a+b=c' }]]],
    ['CN=a=b', [[{ type: CN, value: 'a=b' }]]],
    ['CN=', [[{ type: CN, value: '' }]]],
    ['1.3.6.1.4.1.1466.0=#0C024869', [[{ type: '1.3.6.1.4.1.1466.0', value: 'Hi' }]]],
    ['CN=#1E0400610062', [[{ type: CN, value: '\0a\0b' }]]],
    ['CN=#020130', [[{ type: CN, value: '0' }]]],
    ['CN= #0C024869', [[{ type: CN, value: '#0C024869' }]]],
    ['CN=\u00a0web\t', [[{ type: CN, value: '\u00a0web\t' }]]],
    ['STREET=1 Main', [[{ type: STREET, value: '1 Main' }]]],
  ])('%j is read', (text, name) => {
    expect(nameOf(text)).toEqual(name)
  })

  test.each<[text: string, why: string]>([
    ['web', '"web" is not of the form type=value'],
    ['CN=web,', '"" is not of the form type=value'],
    ['XX=web', '"XX" is neither a known attribute type nor an object identifier'],
    ['=web', '"" is neither a known attribute type nor an object identifier'],
    ['CN=a\\', 'the value of CN is not written as RFC 4514 says'],
    ['CN=a\\x', 'the value of CN is not written as RFC 4514 says'],
    ['CN=\\C4', 'the value of CN is not written as RFC 4514 says'],
    ['CN=a"b', 'the value of CN is not written as RFC 4514 says'],
    ['CN=#0C', 'the value of CN is not written as RFC 4514 says'],
    ['CN=#1401E9', 'the value of CN is not written as RFC 4514 says'],
    ['CN=#xyz', 'the value of CN is not written as RFC 4514 says'],
  ])('%j is unreadable', (text, why) => {
    expect(nameOf(text)).toBe(why)
  })

  test.each(['CN=web,O=Acme', 'OU=Sales+CN=J.  Smith,C=US', 'CN=\\ a\\,b\\+c\\\\\\"\\ ', 'CN=\\#1', '1.2.3=x', 'CN=é'])(
    '%j is written back as it was',
    (text) => {
      const name = nameOf(text)
      expect(typeof name === 'string' ? name : formatDistinguishedName(name)).toBe(text)
    },
  )
})

describe('a subject', () => {
  const fields = {
    commonName: 'web',
    serialNumber: '7',
    countries: ['DE'],
    provinces: ['BY'],
    localities: ['M'],
    streetAddresses: ['1 Main'],
    postalCodes: ['80331'],
    organizations: ['A', 'B'],
    organizationalUnits: ['ops'],
  }

  test('stands in the order of Go, with several values of a field in one RDN', () => {
    expect(formatDistinguishedName(subjectName(fields))).toBe(
      'SERIALNUMBER=7,CN=web,OU=ops,O=A+O=B,POSTALCODE=80331,STREET=1 Main,L=M,ST=BY,C=DE',
    )
  })

  test('reads back into its fields', () => {
    expect(subjectFields(subjectName(fields))).toEqual(fields)
  })

  test('without fields is empty', () => {
    expect(subjectName({ commonName: '', organizations: [] })).toEqual([])
    expect(isEmptyName(encodeName([]))).toBe(true)
    expect(isEmptyName(encodeName(subjectName({ commonName: 'a' })))).toBe(false)
  })

  test('of two common names counts the last', () => {
    expect(subjectFields([...subjectName({ commonName: 'a' }), ...subjectName({ commonName: 'b' })]).commonName).toBe('b')
  })

  test.each([
    ['PrintableString', "Az09 '()+,-./:=?", 0x13],
    ['UTF8String', 'a*b', 0x0c],
    ['UTF8String', 'Ö', 0x0c],
    ['UTF8String', 'a@b', 0x0c],
    ['PrintableString', '', 0x13],
  ])('is a %s for %j, as in Go', (_type, value, tagByte) => {
    const der = encodeName(subjectName({ organizations: [value] }))
    expect(der[11]).toBe(tagByte)
  })

  test('sorts the values of one RDN by their bytes, and reads them in that order', () => {
    const reader = DerReader.over(encodeName(subjectName({ organizations: ['bb', 'a', 'Z'] })))
    expect(subjectFields(readName(reader, 'it')).organizations).toEqual(['Z', 'a', 'bb'])
  })

  test.each<[what: string, string: string, value: string]>([
    ['TeletexString', '1401e9', 'é'],
    ['BMPString', '1e0400e90061', 'éa'],
    ['IA5String', '160161', 'a'],
    ['NumericString', '120131', '1'],
  ])('of another CA may be a %s', (_what, string, value) => {
    const atv = `300${(5 + string.length / 2).toString(16)}0603550403${string}`
    const rdn = `31${(atv.length / 2).toString(16).padStart(2, '0')}${atv}`
    const reader = DerReader.over(Buffer.from(`30${(rdn.length / 2).toString(16).padStart(2, '0')}${rdn}`, 'hex'))
    expect(readName(reader, 'it')).toEqual([[{ type: CN, value }]])
    expect(reader.why).toBeUndefined()
  })
})
