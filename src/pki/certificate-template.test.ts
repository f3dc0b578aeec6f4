import type { KeyObject } from 'node:crypto'

import { beforeAll, expect, test } from 'vitest'

import { HOUR } from '../lib/instant.ts'
import { certificateTemplateFromCsr } from './certificate-template.ts'
import type { Approved } from './certificate-template.ts'
import { createCsr } from './csr.ts'
import type { CsrTemplate } from './csr.ts'
import { subjectName } from './name.ts'
import { at, certificateOf, csrOf, openssl, usages } from './oracles.test-support.ts'
import { generatePrivateKey } from './private-key.ts'
import { signCertificate } from './sign-certificate.ts'

const approved: Approved = { now: at('2026-08-01T12:00:00Z'), duration: HOUR, isCA: false, usages: usages(['server auth', 'client auth']) }

let key: KeyObject
beforeAll(async () => {
  key = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
})

async function outcome(csr: Partial<CsrTemplate>, approval: Approved = approved): Promise<string> {
  const pem = await createCsr({ subject: subjectName({ commonName: 'web' }), sans: {}, ...csr }, key)
  const answer = certificateTemplateFromCsr(csrOf(pem), approval)
  return answer.kind === 'ok' ? 'ok' : answer.why
}

test.each<[what: string, csr: Partial<CsrTemplate>, expected: string]>([
  ['asks for nothing', {}, 'ok'],
  ['asks for the usages that were approved', { usages: approved.usages }, 'ok'],
  ['asks for them in another order', { usages: usages(['client auth', 'server auth']) }, 'ok'],
  ['asks for isCA: false', { isCA: false }, 'ok'],
  ['asks for isCA: true', { isCA: true }, 'the CSR asks for isCA: true, but the request says isCA: false'],
  [
    'asks for more usages',
    { usages: usages(['server auth', 'client auth', 'crl sign']) },
    'the CSR asks for the usages [crl sign, server auth, client auth], but the request for [server auth, client auth]',
  ],
  [
    'asks for fewer usages',
    { usages: usages(['server auth']) },
    'the CSR asks for the usages [server auth], but the request for [server auth, client auth]',
  ],
  [
    'asks for an EKU that the API has no name for',
    { usages: { ...approved.usages, extended: [...approved.usages.extended, '1.2.3.4'] } },
    'ok',
  ],
  [
    'asks for an EKU that nobody can approve',
    { usages: { ...approved.usages, extended: [...approved.usages.extended, '1.3.6.1.4.1.311.61.1.1'] } },
    'the CSR asks for the usages [server auth, client auth, 1.3.6.1.4.1.311.61.1.1], but the request for [server auth, client auth]',
  ],
])('a CSR that %s: %s', async (_what, csr, expected) => {
  expect(await outcome(csr)).toBe(expected)
})

test('the certificate has the names of the CSR, the dates and usages of the approval, and the EKUs without a name', async () => {
  const pem = await createCsr(
    {
      subject: [],
      sans: { dnsNames: ['a'], otherNames: [{ oid: '1.2.3', utf8Value: 'x' }] },
      usages: { ...approved.usages, extended: [...approved.usages.extended, '1.2.3.4'] },
      nameConstraints: { critical: true, permitted: { dnsDomains: ['a'] } },
    },
    key,
  )
  const answer = certificateTemplateFromCsr(csrOf(pem), approved)
  if (answer.kind === 'refused') throw new Error(answer.why)
  const text = await signCertificate(answer.template, { key })
  expect(certificateOf(text)).toMatchObject({
    subject: [],
    notBefore: at('2026-08-01T12:00:00Z'),
    notAfter: at('2026-08-01T13:00:00Z'),
    sans: { dnsNames: ['a'], otherNames: [{ oid: '1.2.3', utf8Value: 'x' }] },
    usages: { keyUsage: 0, extended: [...approved.usages.extended, '1.2.3.4'] },
  })
  const shown = openssl(['x509', '-noout', '-ext', 'subjectAltName,nameConstraints'], text)
  expect(shown).toContain('X509v3 Subject Alternative Name: critical\n')
  expect(shown).toContain('X509v3 Name Constraints: critical\n')
})
