import { expect, test } from 'vitest'
import { isIssuerDomainName, isParameterValue, parseIssueValue } from './issue-value.ts'

const uri = 'https://ca.example/acct/1'

test.each<[text: string, parameters: Readonly<Record<string, string>>]>([
  ['ca.example', {}],
  ['ca.example;', {}],
  [' CA.Example. ; ', {}],
  [`ca.example; accounturi=${uri}`, { accounturi: uri }],
  [`ca.example;accounturi=${uri};policy=wildcard`, { accounturi: uri, policy: 'wildcard' }],
  [`ca.example;\t AccountURI = ${uri} ;  x-New-1=a=b`, { accounturi: uri, 'x-new-1': 'a=b' }],
  ['ca.example; empty=', { empty: '' }],
])('%j is for ca.example', (text, parameters) => {
  expect(parseIssueValue(text)).toEqual({
    kind: 'ok',
    value: { issuerDomainName: 'ca.example', parameters: new Map(Object.entries(parameters)) },
  })
})

test.each<[text: string, why: string]>([
  [`ca.example; accounturi=${uri};`, 'it has a semicolon too many'],
  ['ca.example;; a=b', 'it has a semicolon too many'],
  ['ca.example; accounturi', 'a parameter is not of the form tag=value'],
  ['ca.example; accounturi=a b', 'a parameter is not of the form tag=value'],
  ['ca.example; -a=b', 'a parameter is not of the form tag=value'],
  ['ca.example; =b', 'a parameter is not of the form tag=value'],
  ['ca.example; a=ü', 'a parameter is not of the form tag=value'],
  ['ca.example; a=b; A=c', 'it has the parameter a twice'],
])('%j is for ca.example, but malformed', (text, why) => {
  expect(parseIssueValue(text)).toEqual({ kind: 'malformed', issuerDomainName: 'ca.example', why })
})

test.each(['', ';', '; a=b', 'v=spf1 -all', 'ca..example', '-ca.example', 'ca_.example', `${'a'.repeat(64)}.example`])(
  '%j is for nobody',
  (text) => {
    expect(parseIssueValue(text)).toEqual({ kind: 'malformed', issuerDomainName: '', why: 'it does not begin with a domain name' })
  },
)

test('a name of a CA is normalized and no longer than DNS allows', () => {
  const longest = `${'a.'.repeat(126)}a`
  expect(['ca.example', 'xn--bcher-kva.example', longest].map(isIssuerDomainName)).toEqual([true, true, true])
  expect(['CA.example', 'ca.example.', 'bücher.example', `b${longest}`, '', 'a b'].map(isIssuerDomainName)).not.toContain(true)
})

test('a value of a parameter holds no semicolon, no blank and nothing invisible', () => {
  expect(['a', uri, '"'].map(isParameterValue)).toEqual([true, true, true])
  expect(['', 'a;b', 'a b', 'a\n', 'ü', '\u007F'].map(isParameterValue)).not.toContain(true)
})
