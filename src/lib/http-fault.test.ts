import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { HttpFault, httpFaultOf } from './http-fault.ts'

const withCode = (code: string, cause?: Error): Error => Object.assign(new Error('text of the library', { cause }), { code })

test.each([
  ['ECONNREFUSED', 'unreachable'],
  ['ENOTFOUND', 'unreachable'],
  ['UND_ERR_SOCKET', 'unreachable'],
  ['UND_ERR_DESTROYED', 'unreachable'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'timeout'],
  ['ETIMEDOUT', 'timeout'],
  ['CERT_HAS_EXPIRED', 'tls'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
  ['HPE_INVALID_CONSTANT', 'protocol'],
  ['UND_ERR_HEADERS_OVERFLOW', 'protocol'],
])('%s is %s', (foreign, kind) => {
  expect(httpFaultOf(withCode(foreign), 'ca.example')).toHaveProperty('kind', kind)
})

test('the code may lie deeper', () => {
  expect(httpFaultOf(new TypeError('fetch failed', { cause: withCode('CERT_HAS_EXPIRED') }), 'ca.example').kind).toBe('tls')
})

test('an error without a code, or that is none, is a fault all the same', () => {
  expect(httpFaultOf(new Error('?'), 'ca.example').kind).toBe('unreachable')
  expect(httpFaultOf('?', 'ca.example').kind).toBe('unreachable')
})

test('an error of ours stays as it is', () => {
  const ours = new HttpFault('protocol', 'too large')
  expect(httpFaultOf(ours, 'ca.example')).toBe(ours)
})

test('the message names the host and the code, and nothing that a server said', () => {
  const { message } = httpFaultOf(withCode('ECONNRESET'), 'ca.example:14000')
  expect(message).toBe('ca.example:14000 cannot be reached, or the connection broke (ECONNRESET)')
  expect(inspect(message)).not.toContain('text of the library')
})
