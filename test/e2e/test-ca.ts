import type { KeyObject } from 'node:crypto'
import type { CertificateRequest } from '../../src/crds/certificate-request.ts'
import { DAY, instant, plus } from '../../src/lib/instant.ts'
import type { Instant } from '../../src/lib/instant.ts'
import { certificateTemplateFromCsr } from '../../src/pki/certificate-template.ts'
import { readCertificate } from '../../src/pki/certificate.ts'
import { readCsr } from '../../src/pki/csr.ts'
import { subjectName } from '../../src/pki/name.ts'
import { encodePrivateKey, generatePrivateKey } from '../../src/pki/private-key.ts'
import { signCertificate } from '../../src/pki/sign-certificate.ts'
import { spkiOf } from '../../src/pki/subject-public-key.ts'
import { usagesOf } from '../../src/pki/usages.ts'
import { base64 } from './stored.ts'

/** A self-signed certificate with its key: a CA of the test's own, or something that would like to be one. */
export interface TestCa {
  readonly key: KeyObject
  /** PEM. */
  readonly certificate: string
  /** What a CA Issuer reads from its Secret. */
  readonly secretData: Readonly<Record<'tls.crt' | 'tls.key', string>>
}

export interface TestCaOptions {
  readonly name?: string
  /** Milliseconds from now; negative: it has expired. */
  readonly lifetime?: number
  readonly isCA?: boolean
  readonly serialNumber?: Uint8Array
  /** Default: a new one. */
  readonly key?: KeyObject
}

/** Makes one, valid for a day unless told otherwise. */
export async function newTestCa(options: TestCaOptions = {}): Promise<TestCa> {
  const { name = 'Test CA', lifetime = DAY, isCA = true, serialNumber } = options
  const key = options.key ?? (await generatePrivateKey({ algorithm: 'ECDSA', size: 256 }))
  const now = currentInstant()
  const certificate = await signCertificate(
    {
      subject: subjectName({ commonName: name }),
      publicKey: spkiOf(key),
      notBefore: plus(now, -DAY),
      notAfter: plus(now, lifetime),
      isCA,
      usages: known(undefined, isCA),
      serialNumber,
    },
    { key },
  )
  return { key, certificate, secretData: { 'tls.crt': base64(certificate), 'tls.key': base64(encodePrivateKey(key, 'PKCS8').reveal()) } }
}

/** Signs what a request asks for, for `lifetime` milliseconds. Returns the leaf as PEM. */
export async function signRequest(ca: TestCa, { spec }: CertificateRequest, lifetime: number): Promise<string> {
  const csr = readCsr(Buffer.from(spec.request, 'base64'))
  const signer = readCertificate(ca.certificate)
  if (csr.kind === 'unreadable' || signer.kind === 'unreadable') throw new Error('the CSR or the CA does not parse')
  const reading = certificateTemplateFromCsr(csr.csr, {
    now: currentInstant(),
    duration: lifetime,
    isCA: false,
    usages: known(spec.usages, false),
  })
  if (reading.kind === 'refused') throw new Error(reading.why)
  return signCertificate(reading.template, { key: ca.key, certificate: signer.certificate })
}

function known(usages: readonly string[] | undefined, isCA: boolean) {
  const reading = usagesOf(usages, { isCA })
  if (reading.kind === 'unknown') throw new Error(`unknown usages: ${reading.names.join(', ')}`)
  return reading.usages
}

function currentInstant(): Instant {
  return instant(Date.now())
}
