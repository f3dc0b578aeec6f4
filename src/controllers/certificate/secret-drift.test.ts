import { describe, expect, test } from 'vitest'
import { aCertificate, aStoredSecret, aWorld } from './builders.ts'
import { controllerOf } from './controller-reference.ts'
import { metadataDrift } from './secret-drift.ts'
import { storedSecret } from './stored-secret.ts'
import type { World } from './world.ts'

const plain = aStoredSecret()
const template = (secretTemplate: object) => aCertificate({ spec: { secretTemplate } })
const withLabels = (labels: Readonly<Record<string, string>>, owned?: readonly string[]) =>
  aStoredSecret({
    metadata: { labels: { ...plain.metadata.labels, ...labels } },
    ...(owned === undefined ? {} : { owned: { labels: owned } }),
  })
const withAnnotations = (annotations: Readonly<Record<string, string>>, owned?: readonly string[]) =>
  aStoredSecret({
    metadata: { annotations: { ...plain.metadata.annotations, ...annotations } },
    ...(owned === undefined ? {} : { owned: { annotations: owned } }),
  })
const drift = (parts: Partial<World>): string | undefined => metadataDrift(aWorld({ stored: plain, ...parts }))

test.each<[title: string, given: Partial<World>, found: string | undefined]>([
  ['nothing differs', {}, undefined],
  ['there is no Secret', { stored: undefined }, undefined],
  ['the template asks for nothing', { certificate: template({ annotations: {}, labels: {} }) }, undefined],
  [
    'a label of the template is missing',
    { certificate: template({ labels: { team: 'a' } }) },
    'label "team" is missing or has another value',
  ],
  [
    'a label of the template has another value',
    { certificate: template({ labels: { team: 'a' } }), stored: withLabels({ team: 'b' }) },
    'label "team" is missing or has another value',
  ],
  ['a label of the template is there', { certificate: template({ labels: { team: 'a' } }), stored: withLabels({ team: 'a' }) }, undefined],
  [
    'a label of the template was put there by somebody else',
    { certificate: template({ labels: { team: 'a' } }), stored: withLabels({ team: 'a' }, ['controller.cert-manager.io/fao']) },
    'label "team" is not ours yet',
  ],
  ['a label that we applied is no longer asked for', { stored: withLabels({ team: 'a' }) }, 'label "team" is no longer asked for'],
  ['a label of the user is there', { stored: withLabels({ mine: 'a' }, ['controller.cert-manager.io/fao']) }, undefined],
  [
    'the label of managed Secrets has another value',
    { stored: withLabels({ 'controller.cert-manager.io/fao': 'false' }) },
    'label "controller.cert-manager.io/fao" is missing or has another value',
  ],
  [
    'an annotation of the template is missing',
    { certificate: template({ annotations: { note: 'a' } }) },
    'annotation "note" is missing or has another value',
  ],
  [
    'an annotation that we applied is no longer asked for',
    { stored: withAnnotations({ note: 'a' }) },
    'annotation "note" is no longer asked for',
  ],
  [
    'the annotations of the certificate differ',
    {
      stored: {
        ...withAnnotations({ 'cert-manager.io/alt-names': 'old.example' }),
        certificateAnnotations: { 'cert-manager.io/alt-names': 'web.example' },
      },
    },
    'annotation "cert-manager.io/alt-names" is missing or has another value',
  ],
  [
    'the default kind and group of the issuer are spelled out',
    { stored: withAnnotations({ 'cert-manager.io/issuer-kind': 'Issuer', 'cert-manager.io/issuer-group': 'cert-manager.io' }) },
    undefined,
  ],
  [
    'the Secret says nothing of its issuer',
    {
      stored: aStoredSecret({
        metadata: { annotations: { 'cert-manager.io/certificate-name': 'web' } },
        issuer: { name: undefined, kind: undefined, group: undefined },
      }),
    },
    'annotation "cert-manager.io/issuer-name" is missing or has another value',
  ],
])('when %s: %3$s', (_title, given, found) => {
  expect(drift(given)).toBe(found)
})

describe('of the extra forms of the key pair', () => {
  const keys = (...extra: readonly string[]) => ['tls.crt', 'tls.key', ...extra]
  const both = { additionalOutputFormats: [{ type: 'DER' }, { type: 'CombinedPEM' }] } as const
  const jks = (create: boolean) => ({ keystores: { jks: { create, password: 'x' } } })
  const pkcs12 = (create: boolean) => ({ keystores: { pkcs12: { create, password: 'x' } } })

  test.each<[title: string, spec: object, dataKeys: readonly string[], found: string | undefined]>([
    ['none is wanted and none is there', {}, keys(), undefined],
    ['both are wanted and there', both, keys('key.der', 'tls-combined.pem'), undefined],
    ['DER is missing', both, keys('tls-combined.pem'), 'data key "key.der" is missing'],
    ['the combined PEM is missing', both, keys('key.der'), 'data key "tls-combined.pem" is missing'],
    ['both are no longer wanted', {}, keys('key.der', 'tls-combined.pem'), 'data key "key.der" is no longer asked for'],
    ['a JKS keystore is missing', jks(true), keys(), 'data key "keystore.jks" is missing'],
    ['a JKS keystore is there, and the issuer gave no CA', jks(true), keys('keystore.jks'), undefined],
    ['the truststore of a CA is missing', jks(true), keys('ca.crt', 'keystore.jks'), 'data key "truststore.jks" is missing'],
    ['a JKS keystore is not to be made', jks(false), keys('keystore.jks'), 'data key "keystore.jks" is no longer asked for'],
    ['a JKS keystore is not to be made and not there', jks(false), keys(), undefined],
    ['a truststore is left over', {}, keys('ca.crt', 'truststore.jks'), 'data key "truststore.jks" is no longer asked for'],
    ['a PKCS#12 keystore is missing', pkcs12(true), keys('keystore.jks'), 'data key "keystore.p12" is missing'],
    ['the PKCS#12 truststore of a CA is missing', pkcs12(true), keys('ca.crt', 'keystore.p12'), 'data key "truststore.p12" is missing'],
    ['a PKCS#12 keystore is not to be made', pkcs12(false), keys('keystore.p12'), 'data key "keystore.p12" is no longer asked for'],
  ])('%s: %4$s', (_title, spec, dataKeys, found) => {
    expect(drift({ certificate: aCertificate({ spec }), stored: aStoredSecret({ dataKeys }) })).toBe(found)
  })

  test('one that somebody else wrote becomes ours, and one that the user added under such a name stays', () => {
    const others = aStoredSecret({ dataKeys: keys('key.der'), owned: { dataKeys: keys() } })
    expect(drift({ certificate: aCertificate({ spec: { additionalOutputFormats: [{ type: 'DER' }] } }), stored: others })).toBe(
      'data key "key.der" is not ours yet',
    )
    expect(drift({ stored: others })).toBeUndefined()
  })
})

describe('of the owner reference', () => {
  const ours = controllerOf(aCertificate())
  const other = { ...ours, uid: 'another' }
  const named = (uid: string) => `k:{"uid":"${uid}"}`
  const settings = (ownsSecret: boolean) => ({ settings: { ...aWorld().settings, ownsSecret } })
  const owned = (ownerReferences: readonly object[], applied: readonly string[]) =>
    aStoredSecret({ metadata: { ownerReferences: ownerReferences as readonly (typeof ours)[] }, owned: { ownerReferences: applied } })

  test.each<[title: string, isWanted: boolean, stored: World['stored'], found: string | undefined]>([
    ['it is not wanted and not there', false, plain, undefined],
    ['it is not wanted, and that of somebody else is there', false, owned([other], []), undefined],
    ['it is not wanted, and somebody else put it there', false, owned([ours], []), undefined],
    ['it is not wanted any more', false, owned([ours], [named('uid-web')]), 'the owner reference is no longer asked for'],
    ['it is wanted and missing', true, plain, 'the owner reference is missing'],
    ['it is wanted, and another one is there', true, owned([other], [named('another')]), 'the owner reference is missing'],
    ['it is wanted and there, beside another one', true, owned([other, ours], [named('uid-web')]), undefined],
    ['it is wanted, and somebody else put it there', true, owned([ours], [named('another')]), 'the owner reference is not ours yet'],
    ...(['apiVersion', 'kind', 'name'] as const).map((field): [string, boolean, World['stored'], string] => [
      `it has another ${field}`,
      true,
      owned([{ ...ours, [field]: 'other' }], [named('uid-web')]),
      'the owner reference is not as it should be',
    ]),
    ...(['controller', 'blockOwnerDeletion'] as const).map((field): [string, boolean, World['stored'], string] => [
      `${field} is off`,
      true,
      owned([{ ...ours, [field]: false }], [named('uid-web')]),
      'the owner reference is not as it should be',
    ]),
  ])('%s: %4$s', (_title, isWanted, stored, found) => {
    expect(drift({ ...settings(isWanted), stored })).toBe(found)
  })
})

describe('what we applied is read from the managed fields', () => {
  const secret = (...managedFields: readonly object[]) =>
    storedSecret({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web-tls', managedFields } }).owned
  const manager = 'cert-manager-certificates-issuing'
  const nothing = { labels: [], annotations: [], dataKeys: [], ownerReferences: [] }

  test('of our manager alone, in however many entries', () => {
    expect(
      secret(
        {
          manager,
          operation: 'Apply',
          fieldsV1: { 'f:metadata': { 'f:labels': { 'f:a': {}, '.': {} } }, 'f:data': { '.': {}, 'f:tls.crt': {} } },
        },
        {
          manager,
          operation: 'Apply',
          fieldsV1: { 'f:metadata': { 'f:annotations': { 'f:x/b': {} }, 'f:ownerReferences': { 'k:{"uid":"u"}': {} } } },
        },
        {
          manager: 'kubectl',
          operation: 'Apply',
          fieldsV1: { 'f:metadata': { 'f:labels': { 'f:c': {} } }, 'f:data': { 'f:key.der': {} } },
        },
      ),
    ).toEqual({ labels: ['a'], annotations: ['x/b'], dataKeys: ['tls.crt'], ownerReferences: ['k:{"uid":"u"}'] })
  })

  test.each([[undefined], [null], ['f:metadata'], [{ 'f:metadata': null }], [{ 'f:metadata': { 'f:labels': 'a' }, 'f:data': 7 }]])(
    'of %j: nothing',
    (fieldsV1) => {
      expect(secret({ manager, operation: 'Apply', fieldsV1 })).toEqual(nothing)
    },
  )
})
