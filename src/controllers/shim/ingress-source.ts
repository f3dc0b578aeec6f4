import type { Ingress } from '../../kube/kinds.ts'
import type { ShimSource, TlsReading } from './source.ts'

/** An Ingress as it asks for certificates. */
export function ingressSource(ingress: Ingress): ShimSource {
  return { object: ingress, annotations: ingress.metadata.annotations ?? {}, tls: readTls(ingress) }
}

/** The Secrets that an Ingress names. */
export function ingressSecretNames({ spec }: Ingress): readonly string[] {
  return (spec?.tls ?? []).map(({ secretName = '' }) => secretName).filter((name) => name !== '')
}

/** One Certificate per block of `tls`, so no two blocks may name one Secret: half of the Ingress would then be served by chance. */
function readTls(ingress: Ingress): TlsReading {
  const names = ingressSecretNames(ingress)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  const tls = ingress.spec?.tls ?? []
  return {
    blocks: tls.flatMap(({ secretName = '', hosts = [] }) => (secretName === '' || hosts.length === 0 ? [] : [{ secretName, hosts }])),
    skipped: tls.flatMap(({ secretName = '', hosts = [] }, at) => {
      const missing = [...(hosts.length === 0 ? ['hosts'] : []), ...(secretName === '' ? ['secretName'] : [])]
      return missing.length === 0 ? [] : [`skipped a TLS block: spec.tls[${at}] has no ${missing.join(' and no ')}`]
    }),
    secretNames: new Set(names),
    ...(twice === undefined ? {} : { refusal: `spec.tls names the Secret ${JSON.stringify(twice)} twice: put its hosts into one block` }),
  }
}
