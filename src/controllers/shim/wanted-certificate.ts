import { annotation } from '../../crds/annotations.ts'
import type { CertificateSpec } from '../../crds/certificate.ts'
import { label } from '../../crds/labels.ts'
import { parseIpAddress } from '../../pki/ip-address.ts'
import type { AnnotatedFields } from './annotated-fields.ts'
import type { DefaultIssuer } from './issuer-choice.ts'
import type { ShimSource, TlsBlock } from './source.ts'

/** Fields that hosts and annotations can express. They are ours; all others belong to whoever sets them. */
export const ownedFields = [
  'secretName',
  'issuerRef',
  'dnsNames',
  'ipAddresses',
  'usages',
  'commonName',
  'emailAddresses',
  'subject',
  'duration',
  'renewBefore',
  'renewBeforePercentage',
  'revisionHistoryLimit',
  'privateKey',
  'secretTemplate',
] as const satisfies readonly (keyof CertificateSpec)[]

/** What a Certificate that names none gets. cert-manager's shim writes them out, so ours does. */
export const defaultUsages: NonNullable<CertificateSpec['usages']> = ['digital signature', 'key encipherment']

export type OwnedSpec = Pick<CertificateSpec, (typeof ownedFields)[number]>

/** A Certificate as it shall be for one Secret. */
export interface WantedCertificate {
  /** That of the Secret too. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** undefined: it shall not be there. Other annotations are not ours. */
  readonly annotations: Readonly<Record<string, string | undefined>>
  readonly spec: OwnedSpec
}

export interface Asked {
  readonly issuerRef: DefaultIssuer
  readonly fields: AnnotatedFields
  /** Annotations that are carried over. */
  readonly extraAnnotations: readonly string[]
}

/** The Certificate that one block of an object asks for. */
export function wantedCertificate(source: ShimSource, { secretName, hosts }: TlsBlock, asked: Asked): WantedCertificate {
  const { altNames, ipSans, ...fields } = asked.fields
  const dnsNames = [...new Set([...hosts.filter((host) => parseIpAddress(host) === undefined), ...altNames])]
  const ipAddresses = [...new Set([...hosts.filter((host) => parseIpAddress(host) !== undefined), ...ipSans])]
  const { [label.applySet]: _, ...labels } = source.object.metadata.labels ?? {}
  return {
    name: secretName,
    labels,
    annotations: { ...carriedOver(source, asked.extraAnnotations), ...http01Annotations(source) },
    spec: {
      secretName,
      issuerRef: asked.issuerRef,
      ...(dnsNames.length === 0 ? {} : { dnsNames }),
      ...(ipAddresses.length === 0 ? {} : { ipAddresses }),
      usages: defaultUsages,
      ...fields,
    },
  }
}

function carriedOver({ annotations }: ShimSource, keys: readonly string[]): WantedCertificate['annotations'] {
  return Object.fromEntries(keys.map((key) => [key, annotations[key]]))
}

/** What tells the HTTP-01 solver where to put its answer. */
function http01Annotations({ object, annotations, http01Parent }: ShimSource): WantedCertificate['annotations'] {
  const isEditedInPlace = annotations[annotation.http01EditInPlace] === 'true'
  return {
    [annotation.http01OverrideIngressName]: isEditedInPlace ? object.metadata.name : undefined,
    // Ingress controllers that give each Ingress an address of its own serve none before its Secret is there.
    ...(isEditedInPlace ? { [annotation.issueTemporaryCertificate]: 'true' } : {}),
    [annotation.http01OverrideIngressClass]: annotations[annotation.http01IngressClass] || undefined,
    [annotation.http01OverrideIngressClassName]: annotations[annotation.http01IngressClassName] || undefined,
    [annotation.http01ParentRefKind]: http01Parent?.kind,
    [annotation.http01ParentRefName]: http01Parent?.name,
    [annotation.http01ParentRefNamespace]: http01Parent?.namespace,
  }
}
