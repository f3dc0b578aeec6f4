import type { AcmeClient } from '../../acme/client.ts'
import { readCertificates } from '../../pki/certificate.ts'
import { subjectFields } from '../../pki/name.ts'

/**
 * The issued chain as PEM. With `preferred` the first of those the CA offers whose topmost certificate was issued by that common
 * name; the CA's own choice when there is none, for it is a preference.
 */
export async function preferredChain(client: AcmeClient, url: string, preferred: string | undefined, signal: AbortSignal): Promise<string> {
  const { chain, alternates } = await client.certificate(url, signal)
  if (preferred === undefined || preferred === '' || leadsTo(chain, preferred)) return chain
  for (const alternate of alternates) {
    const other = await client.certificate(alternate, signal)
    if (leadsTo(other.chain, preferred)) return other.chain
  }
  return chain
}

function leadsTo(chain: string, commonName: string): boolean {
  const reading = readCertificates(chain)
  const topmost = reading.kind === 'ok' ? reading.certificates.at(-1) : undefined
  return topmost !== undefined && subjectFields(topmost.issuer).commonName === commonName
}
