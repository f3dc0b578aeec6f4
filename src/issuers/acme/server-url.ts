import { issuerReason } from '../../crds/reasons.ts'
import { addressKind } from '../../lib/address-kind.ts'

const retired: Readonly<Record<string, string>> = {
  'acme-v01.api.letsencrypt.org': 'https://acme-v02.api.letsencrypt.org/directory',
  'acme-staging.api.letsencrypt.org': 'https://acme-staging-v02.api.letsencrypt.org/directory',
}

/** Why `spec.acme.server` cannot be a directory URL; undefined when it can. */
export function serverProblem(server: string): { readonly reason: string; readonly message: string } | undefined {
  if (!URL.canParse(server)) return { reason: issuerReason.invalidUrl, message: `spec.acme.server ${JSON.stringify(server)} is not a URL` }
  const url = new URL(server)
  // RFC 8555 §6.1: ACME is spoken over HTTPS only.
  if (url.protocol !== 'https:')
    return { reason: issuerReason.invalidUrl, message: `spec.acme.server ${JSON.stringify(server)} must begin with https://` }
  if (addressKind(url.hostname.replace(/^\[|\]$/g, '')) === 'link-local')
    return {
      reason: issuerReason.invalidUrl,
      message: `spec.acme.server ${JSON.stringify(server)} is a link-local address, which is never asked`,
    }
  const successor = retired[url.hostname]
  if (successor === undefined) return undefined
  return { reason: issuerReason.invalidConfig, message: `spec.acme.server ${server} spoke ACME v1 and is closed; use ${successor}` }
}
