import 'reflect-metadata'

import { execFileSync } from 'node:child_process'
import type { KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Pkcs10CertificateRequest, X509Certificate } from '@peculiar/x509'

import type { Instant } from '../lib/instant.ts'
import { parseRfc3339 } from '../lib/instant.ts'
import { readCertificate } from './certificate.ts'
import type { CertificateReading } from './certificate.ts'
import type { CertificateTemplate } from './certificate-template.ts'
import { readCsr } from './csr.ts'
import type { CsrReading } from './csr.ts'
import { subjectName } from './name.ts'
import { spkiOf } from './subject-public-key.ts'
import { usagesOf } from './usages.ts'
import type { Usages } from './usages.ts'

/** What openssl prints for these arguments. Throws with its message when it refuses. */
export function openssl(args: readonly string[], input?: string | Uint8Array): string {
  return execFileSync('openssl', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })
}

/** Runs with the contents as files, given to `use` by their names, and removes them afterwards. */
export function withFiles<T>(files: Readonly<Record<string, string | Uint8Array>>, use: (path: (name: string) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-pki-'))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    return use((name) => join(folder, name))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** `oid critical hex` of each extension, read by @peculiar/x509. */
export function peculiarExtensions(pem: string): readonly string[] {
  const parsed = pem.includes('REQUEST') ? new Pkcs10CertificateRequest(pem) : new X509Certificate(pem)
  return parsed.extensions.map(({ type, critical, value }) => shown(type, critical, new Uint8Array(value)))
}

/** The same of our reading. */
export function ourExtensions({ extensions }: CertificateReading | CsrReading): readonly string[] {
  return extensions.map(({ oid, critical, value }) => shown(oid, critical, value))
}

export function certificateOf(pem: string | Uint8Array): CertificateReading {
  const reading = readCertificate(pem)
  if (reading.kind === 'unreadable') throw new Error(reading.why)
  return reading.certificate
}

export function csrOf(pem: string): CsrReading {
  const reading = readCsr(pem)
  if (reading.kind === 'unreadable') throw new Error(reading.why)
  return reading.csr
}

export function usages(names: readonly string[], isCA = false): Usages {
  const reading = usagesOf(names, { isCA })
  if (reading.kind === 'unknown') throw new Error(reading.names.join())
  return reading.usages
}

export function at(rfc3339: string): Instant {
  const instant = parseRfc3339(rfc3339)
  if (instant === undefined) throw new Error(rfc3339)
  return instant
}

/** A template that is valid for 2026 to 2036; a test shows only what it is about. */
export function aTemplate(key: KeyObject, changes: Partial<CertificateTemplate> = {}): CertificateTemplate {
  return {
    subject: subjectName({ commonName: 'web.example' }),
    publicKey: spkiOf(key),
    notBefore: at('2026-01-01T00:00:00Z'),
    notAfter: at('2036-01-01T00:00:00Z'),
    isCA: false,
    usages: usages([]),
    ...changes,
  }
}

/** A template for a CA of this name. */
export function aCaTemplate(commonName: string, key: KeyObject): CertificateTemplate {
  return aTemplate(key, { subject: subjectName({ commonName }), isCA: true, usages: usages(['cert sign', 'crl sign'], true) })
}

function shown(oid: string, critical: boolean, value: Uint8Array): string {
  return `${oid} ${critical ? 'critical' : '-'} ${Buffer.from(value).toString('hex')}`
}
