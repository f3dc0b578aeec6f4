import { X509Certificate } from 'node:crypto'
import type { CertificateRequest } from '../../src/crds/certificate-request.ts'
import { DAY } from '../../src/lib/instant.ts'
import type { AcmeSite } from './acme-site.ts'
import type { ClusterUser } from './cluster-user.ts'
import type { Left, LeftPair, Owner } from './left-by-cert-manager.ts'
import { newCsr } from './signing-requests.ts'
import { base64 } from './stored.ts'
import { signRequest, type TestCa } from './test-ca.ts'

/** Whose namespace is filled, and the CAs that certificates come from. */
export interface Place {
  readonly user: ClusterUser
  readonly site: AcmeSite
  readonly ca: TestCa
}

export const issuerRef = { kind: 'Issuer', name: 'acme' }

/** A certificate of this CA, with its key and its CSR. */
export async function pairFrom(ca: TestCa, name: string): Promise<LeftPair> {
  const { key, csr } = await newCsr([name])
  const chain = await signRequest(ca, { spec: { request: base64(csr), issuerRef } } as CertificateRequest, 90 * DAY)
  return { key, csr, chain, ca: ca.certificate, leaf: new X509Certificate(chain) }
}

/** Writes it in the name of who left it. */
export async function apply({ user, site }: Place, ...left: readonly Left[]): Promise<void> {
  for (const { by, part, yaml } of left) {
    const words = ['apply', '--server-side', `--field-manager=${by}`, `--namespace=${user.namespace}`, '-f', '-']
    const status = part === 'status' ? ['--subresource=status'] : []
    const { code, stderr } = await site.underTest.testbed.kubectl([...words, ...status], { input: yaml })
    if (code !== 0) throw new Error(`${stderr}\n${yaml}`)
  }
}

/** As what it owns refers to it. */
export async function ownerOf({ user, site }: Place, kind: string, name: string): Promise<Owner> {
  const { stdout } = await site.underTest.testbed.kubectl(['get', `--namespace=${user.namespace}`, kind, name, '-o', 'json'])
  const { apiVersion, metadata } = JSON.parse(stdout) as { readonly apiVersion: string; readonly metadata: { readonly uid: string } }
  return { apiVersion, kind, name, uid: metadata.uid }
}
