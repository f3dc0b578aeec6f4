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
): Readonly<Record<string, string>> {
  return {
    ...spec.secretTemplate?.annotations,
    ...describing,
    [annotation.certificateName]: metadata.name,
    [annotation.issuerName]: spec.issuerRef.name,
    [annotation.issuerKind]: spec.issuerRef.kind ?? '',
    [annotation.issuerGroup]: spec.issuerRef.group ?? '',
  }
}
