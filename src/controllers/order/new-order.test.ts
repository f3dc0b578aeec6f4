import { expect, test } from 'vitest'
import type { Directory } from '../../acme/directory.ts'
import { AcmeError } from '../../acme/acme-error.ts'
import type { NewOrder } from '../../acme/order.ts'
import type { Order, OrderSpec } from '../../crds/order.ts'
import { HOUR, instant } from '../../lib/instant.ts'
import { mayBeAboutReplaces, newOrderInput } from './new-order.ts'

const directory: Directory = {
  newNonce: 'https://ca.example.com/nonce',
  newAccount: 'https://ca.example.com/account',
  newOrder: 'https://ca.example.com/order',
  renewalInfo: 'https://ca.example.com/renewal',
  externalAccountRequired: false,
  profiles: { classic: '', shortlived: '' },
  caaIdentities: [],
}
const { renewalInfo: _renewalInfo, ...withoutAri } = directory

const order = (spec: Partial<OrderSpec>): Order => ({
  apiVersion: 'acme.cert-manager.io/v1',
  kind: 'Order',
  metadata: { name: 'web' },
  spec: { request: '', issuerRef: { name: 'acme' }, ...spec },
})
const dns = { dnsNames: ['a.example'] }
const ip = { ipAddresses: ['192.0.2.1'] }

test.each<[what: string, spec: Partial<OrderSpec>, at: Directory, expected: Partial<NewOrder> | string]>([
  ['names alone', dns, directory, { identifiers: [{ type: 'dns', value: 'a.example' }] }],
  ['a profile that there is', { ...dns, profile: 'classic' }, directory, { profile: 'classic' }],
  [
    'a profile that there is not',
    { ...dns, profile: 'gold' },
    directory,
    'does not advertise a profile with name gold; it has classic, shortlived',
  ],
  [
    'a profile by the name of what every object has',
    { ...dns, profile: 'toString' },
    directory,
    'does not advertise a profile with name toString',
  ],
  [
    'a profile of a CA that has none',
    { ...dns, profile: 'gold' },
    { ...directory, profiles: {} },
    'Failed to create Order: acme: certificate authority does not support profiles',
  ],
  ['an address at a CA with the profile for it', { ...dns, ...ip }, directory, { profile: 'shortlived' }],
  ['an address with a profile of its own', { ...ip, profile: 'classic' }, directory, { profile: 'classic' }],
  ['an address that is the common name only', { commonName: '192.0.2.1' }, directory, { profile: 'shortlived' }],
  ['a lifetime', { ...dns, duration: '1h' }, directory, { notAfter: instant(HOUR) }],
  ['a predecessor', { ...dns, replaces: 'aki.serial' }, directory, { replaces: 'aki.serial' }],
])('%s', (_what, spec, at, expected) => {
  const input = newOrderInput(order(spec), at, instant(0))
  if (typeof expected === 'string') expect(input).toMatchObject({ kind: 'impossible', why: expect.stringContaining(expected) as string })
  else expect(input).toMatchObject({ kind: 'ok', order: expected })
})

test.each<[what: string, spec: Partial<OrderSpec>, at: Directory, absent: string]>([
  ['a CA that suggests no renewal times is not told of a predecessor', { ...dns, replaces: 'aki.serial' }, withoutAri, 'replaces'],
  ['names alone ask for no profile', dns, directory, 'profile'],
  ['an address asks for no profile where there is none for it', ip, { ...directory, profiles: { classic: '' } }, 'profile'],
])('%s', (_what, spec, at, absent) => {
  const input = newOrderInput(order(spec), at, instant(0))
  expect(input.kind === 'ok' && input.order).not.toHaveProperty(absent)
})

const refusal = (name: string, httpStatus: number): AcmeError =>
  new AcmeError(`acme/${name}`, '', { httpStatus, problem: { type: `urn:ietf:params:acme:error:${name}`, detail: '', subproblems: [] } })

test.each<[why: string, error: AcmeError, isAskedAgain: boolean, failures?: number]>([
  ['has its successor', refusal('alreadyReplaced', 409), true],
  ['has its successor, in the words of older servers', refusal('conflict', 409), true],
  ['is of another account', refusal('unauthorized', 403), true],
  ['has other names', refusal('malformed', 400), true],
  ['is not known', refusal('malformed', 404), true],
  ['cannot be looked up just now', refusal('rateLimited', 429), false],
  ['meets an outage', refusal('serverInternal', 500), false],
  ['meets an outage that stays', refusal('serverInternal', 500), true, 1],
  ['meets a proxy whose CA is away', new AcmeError('acme/serverInternal', '', { httpStatus: 502 }), false, 9],
  ['stands beside a name that is refused', refusal('rejectedIdentifier', 400), false],
])('that a predecessor %s is judged by the answer of the CA', (_why, error, isAskedAgain, failures = 0) => {
  expect(mayBeAboutReplaces(error, failures)).toBe(isAskedAgain)
})
