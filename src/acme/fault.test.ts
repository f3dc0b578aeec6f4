import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { AcmeError } from './acme-error.ts'
import { faultOf } from './fault.ts'

const withCode = (code: string, cause?: Error): Error => Object.assign(new Error('text of the library', { cause }), { code })

test.each([
  ['ECONNREFUSED', 'acme/unreachable'],
  ['ENOTFOUND', 'acme/unreachable'],
  ['UND_ERR_SOCKET', 'acme/unreachable'],
  ['UND_ERR_DESTROYED', 'acme/unreachable'],
  ['UND_ERR_CONNECT_TIMEOUT', 'acme/timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'acme/timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'acme/timeout'],
  ['ETIMEDOUT', 'acme/timeout'],
  ['CERT_HAS_EXPIRED', 'acme/tls'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'acme/tls'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'acme/tls'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'acme/tls'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'acme/tls'],
  ['HPE_INVALID_CONSTANT', 'acme/protocol'],
  ['UND_ERR_HEADERS_OVERFLOW', 'acme/protocol'],
])('%s is %s', (foreign, code) => {
  expect(faultOf(withCode(foreign), 'ca.example')).toMatchObject({ code, retry: { kind: 'backoff' } })
})

test('the code may lie deeper', () => {
  expect(faultOf(new TypeError('fetch failed', { cause: withCode('CERT_HAS_EXPIRED') }), 'ca.example').code).toBe('acme/tls')
})

test('an error without a code, or that is none, is a fault all the same', () => {
  expect(faultOf(new Error('?'), 'ca.example').code).toBe('acme/unreachable')
  expect(faultOf('?', 'ca.example').code).toBe('acme/unreachable')
})

test('an error of ours stays as it is', () => {
  const ours = new AcmeError('acme/protocol', 'too large')
  expect(faultOf(ours, 'ca.example')).toBe(ours)
})

test('the message names the host and the code, and nothing that a server said', () => {
  const { message } = faultOf(withCode('ECONNRESET'), 'ca.example:14000')
  expect(message).toBe('ca.example:14000 cannot be reached, or the connection broke (ECONNRESET)')
  expect(inspect(message)).not.toContain('text of the library')
})
