import type { Certificate } from '../../crds/certificate.ts'
import { annotation } from '../../crds/annotations.ts'
import { label } from '../../crds/labels.ts'

/** The labels of an issued Secret. */
export function secretLabels({ spec }: Certificate): Readonly<Record<string, string>> {
  return { ...spec.secretTemplate?.labels, [label.managedSecret]: 'true' }
}

/** The annotations of an issued Secret: the template's, those that describe the certificate, and those that say whose it is. */
export function secretAnnotations(
  { metadata, spec }: Certificate,
  describing: Readonly<Record<string, string>>,
  issuer: { readonly name: string; readonly kind?: string; readonly group?: string } = spec.issuerRef,
): Readonly<Record<string, string>> {
  return {
    ...spec.secretTemplate?.annotations,
    ...describing,
    [annotation.certificateName]: metadata.name,
    [annotation.issuerName]: issuer.name,
    [annotation.issuerKind]: issuer.kind ?? '',
    [annotation.issuerGroup]: issuer.group ?? '',
  }
}
