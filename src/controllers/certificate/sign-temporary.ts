import type { KeyObject } from 'node:crypto'
import type { CertificateSpec } from '../../crds/certificate.ts'
import { DAY, plus, type Instant } from '../../lib/instant.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { readCertificate } from '../../pki/certificate.ts'
import { subjectName } from '../../pki/name.ts'
import { generatePrivateKey } from '../../pki/private-key.ts'
import { signCertificate } from '../../pki/sign-certificate.ts'
import { spkiOf } from '../../pki/subject-public-key.ts'
import { keyUsage } from '../../pki/usages.ts'
import { csrTemplate } from './csr-template.ts'

const NO_USAGES = { keyUsage: 0, extended: [] } as const

/**
 * A certificate for `key` with the names of the spec, as PEM, from a CA that nobody has and whose key is gone at once. It never may sign
 * others, whatever the spec says: nobody should build on it. Throws `certificate/noCsr` when the spec names nothing.
 */
export async function signTemporary(
  spec: CertificateSpec,
  key: KeyObject,
  { now, duration }: { readonly now: Instant; readonly duration: number },
): Promise<string> {
  const reading = csrTemplate({ ...spec, isCA: false, encodeUsagesInRequest: true })
  if (reading.kind === 'impossible') throw new OperatorError('certificate/noCsr', reading.why)
  const { subject, sans, usages = NO_USAGES } = reading.template
  const template = { subject, sans, usages, isCA: false, publicKey: spkiOf(key), notBefore: now, notAfter: plus(now, duration) }
  return signCertificate(template, await throwawayCa(now))
}

async function throwawayCa(now: Instant) {
  const key = await generatePrivateKey({ algorithm: 'ECDSA', size: 256 })
  const pem = await signCertificate(
    {
      subject: subjectName({ commonName: 'cert-manager.local' }),
      publicKey: spkiOf(key),
      notBefore: now,
      notAfter: plus(now, 90 * DAY),
      isCA: true,
      usages: { ...NO_USAGES, keyUsage: keyUsage.certSign },
    },
    { key },
  )
  const reading = readCertificate(pem)
  if (reading.kind === 'unreadable') throw new OperatorError('certificate/noTemporaryCa', reading.why)
  return { key, certificate: reading.certificate }
}
