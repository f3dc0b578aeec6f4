import { beforeAll, expect, test } from 'vitest'

import { aTemplate, certificateOf } from '../../pki/oracles.test-support.ts'
import { subjectName } from '../../pki/name.ts'
import type { SubjectFields } from '../../pki/name.ts'
import { generatePrivateKey } from '../../pki/private-key.ts'
import { signCertificate } from '../../pki/sign-certificate.ts'
import { certificateAnnotations } from './secret-annotations.ts'

let key: Awaited<ReturnType<typeof generatePrivateKey>>
beforeAll(async () => {
  key = await generatePrivateKey({ algorithm: 'Ed25519', size: 0 })
})

async function annotated(subject: SubjectFields): Promise<Readonly<Record<string, string>>> {
  const pem = await signCertificate({ ...aTemplate(key), subject: subjectName(subject), sans: {} }, { key })
  return certificateAnnotations(certificateOf(pem))
}

const always = { 'common-name': '', 'alt-names': '', 'ip-sans': '', 'uri-sans': '' }

test.each<[what: string, subject: SubjectFields, annotations: Readonly<Record<string, string>>]>([
  ['nothing', {}, {}],
  ['lists with several values', { organizations: ['A', 'B, C'] }, { 'subject-organizations': 'A,"B, C"' }],
  ['a list with one empty value', { countries: [''] }, { 'subject-countries': '' }],
  ['a serial number, which is no list', { serialNumber: ' 1,2' }, { 'subject-serialnumber': ' 1,2' }],
  ['a common name', { commonName: 'a,b' }, { 'common-name': 'a,b' }],
])('a certificate with %s in its subject', async (_what, subject, annotations) => {
  const expected = Object.entries({ ...always, ...annotations }).map(([name, value]) => [`cert-manager.io/${name}`, value])
  expect(await annotated(subject)).toEqual(Object.fromEntries(expected))
})
