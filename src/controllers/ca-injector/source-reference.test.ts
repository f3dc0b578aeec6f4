import { expect, test } from 'vitest'
import { sourceReference, type SourceReference } from './source-reference.ts'

const from = 'cert-manager.io/inject-ca-from'
const fromSecret = 'cert-manager.io/inject-ca-from-secret'
const fromApiServer = 'cert-manager.io/inject-apiserver-ca'
const web = { namespace: 'shop', name: 'web' }

test.each<[annotations: Readonly<Record<string, string>> | undefined, source: SourceReference]>([
  [undefined, { kind: 'none' }],
  [{ 'example.com/other': 'shop/web' }, { kind: 'none' }],
  [{ [from]: 'shop/web' }, { kind: 'certificate', name: web }],
  [{ [fromSecret]: 'shop/web' }, { kind: 'secret', name: web }],
  [{ [fromSecret]: 'shop/web.example.com-tls' }, { kind: 'secret', name: { namespace: 'shop', name: 'web.example.com-tls' } }],
  [{ [fromApiServer]: 'true' }, { kind: 'api-server' }],
  [{ [fromApiServer]: 'yes' }, { kind: 'none' }],
  [
    { [fromApiServer]: 'true', [from]: 'shop/web' },
    { kind: 'certificate', name: web },
  ],
  [
    { [from]: 'shop/other', [fromSecret]: 'shop/web' },
    { kind: 'secret', name: web },
  ],
])('%j asks for %j', (annotations, source) => {
  expect(sourceReference(annotations)).toEqual(source)
})

test.each([
  '',
  'web',
  '/web',
  'shop/',
  'shop/web/ca',
  '../web',
  'shop/..',
  'Shop/web',
  'shop/web?x=1',
  ' shop/web',
  'shop/web\n',
  `shop/${'w'.repeat(254)}`,
])('%j is no name of a Certificate, and is told so', (text) => {
  expect(sourceReference({ [from]: text })).toEqual({
    kind: 'malformed',
    why: expect.stringMatching(`^the annotation ${from} must read namespace/name`),
  })
})
