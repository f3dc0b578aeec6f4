import type { CertificateSpec } from '../../crds/certificate.ts'

/** The data keys beside the key pair that a spec asks for, and those of the same family that it does not ask for. */
export function secretDataKeys(
  spec: CertificateSpec,
  stored: { readonly hasCa: boolean },
): { readonly wanted: readonly string[]; readonly unwanted: readonly string[] } {
  const formats = new Set((spec.additionalOutputFormats ?? []).map((format) => format.type))
  const jks = spec.keystores?.jks?.create ?? false
  const pkcs12 = spec.keystores?.pkcs12?.create ?? false
  const all: readonly (readonly [key: string, isWanted: boolean])[] = [
    ['key.der', formats.has('DER')],
    ['tls-combined.pem', formats.has('CombinedPEM')],
    ['keystore.jks', jks],
    ['truststore.jks', jks && stored.hasCa],
    ['keystore.p12', pkcs12],
    ['truststore.p12', pkcs12 && stored.hasCa],
  ]
  return {
    wanted: all.filter(([, isWanted]) => isWanted).map(([key]) => key),
    unwanted: all.filter(([, isWanted]) => !isWanted).map(([key]) => key),
  }
}
