import { expect, test } from 'vitest'
import { aCaTemplate, certificateOf } from '../../pki/oracles.test-support.ts'
import { generatePrivateKey } from '../../pki/private-key.ts'
import { signCertificate } from '../../pki/sign-certificate.ts'
import { readCa, type CaSources } from './read-ca.ts'
import type { SourceReference } from './source-reference.ts'

const key = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
const pem = await signCertificate(aCaTemplate('CA', key), { key })
const signal = new AbortController().signal

const sources: CaSources = {
  certificates: {
    list: () => [],
    get: () => ({
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { secretName: 'web-tls', issuerRef: { name: 'ca' } },
    }),
  },
  secretCas: () =>
    Promise.resolve({ allowsDirectInjection: true, certificateName: 'web', ca: { kind: 'ok', certificates: [certificateOf(pem)] } }),
  ignoredNamespaces: ['bank'],
  apiServerCa: () => pem,
}

test.each<[source: Exclude<SourceReference, { kind: 'none' }>, then: string]>([
  [{ kind: 'certificate', name: { namespace: 'shop', name: 'web' } }, 'ok'],
  [{ kind: 'secret', name: { namespace: 'shop', name: 'web-tls' } }, 'ok'],
  [{ kind: 'api-server' }, 'ok'],
  [{ kind: 'certificate', name: { namespace: 'bank', name: 'web' } }, 'CASourceNotAllowed'],
  [{ kind: 'secret', name: { namespace: 'bank', name: 'web-tls' } }, 'CASourceNotAllowed'],
])('of %j, where the namespace bank is ignored: %s', async (source, then) => {
  const reading = await readCa(source, sources, signal)
  expect(reading.kind === 'unavailable' ? reading.announcement.reason : reading.kind).toBe(then)
})
