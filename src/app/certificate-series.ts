import type { Certificate } from '../crds/certificate.ts'
import type { Challenge } from '../crds/challenge.ts'
import type { ClusterIssuer, Issuer } from '../crds/issuer.ts'
import type { Lister } from '../kube/lister.ts'
import { parseRfc3339 } from '../lib/instant.ts'

export interface SeriesSources {
  readonly certificates: Lister<Certificate>
  readonly issuers: Lister<Issuer>
  readonly clusterIssuers: Lister<ClusterIssuer>
  readonly challenges: Lister<Challenge>
}

/**
 * The gauges about objects, in the Prometheus text format, written straight from the caches at each scrape: kept as live
 * series they would take more memory than the caches themselves. Names and labels are the incumbent's.
 */
export function objectSeries(sources: SeriesSources): string {
  const lines: string[] = []
  certificateSeries(sources.certificates.list(), lines)
  issuerSeries(sources, lines)
  challengeSeries(sources.challenges.list(), lines)
  return lines.join('\n') + (lines.length === 0 ? '' : '\n')
}

const statuses = ['True', 'False', 'Unknown'] as const
const times = [
  ['certmanager_certificate_not_after_timestamp_seconds', 'notAfter', 'The certificate expires then.'],
  ['certmanager_certificate_not_before_timestamp_seconds', 'notBefore', 'The certificate is valid from then on.'],
  ['certmanager_certificate_expiration_timestamp_seconds', 'notAfter', 'The certificate expires then.'],
  ['certmanager_certificate_renewal_timestamp_seconds', 'renewalTime', 'The certificate is renewed then.'],
] as const

function certificateSeries(certificates: readonly Certificate[], lines: string[]): void {
  const labelled = certificates.map((certificate) => ({ certificate, labels: certificateLabels(certificate) }))
  header(lines, 'certmanager_certificate_ready_status', 'Whether the certificate is ready.')
  for (const { certificate, labels } of labelled) {
    const ready = readyStatus(certificate)
    for (const status of statuses)
      lines.push(`certmanager_certificate_ready_status{${labels},condition="${status}"} ${ready === status ? 1 : 0}`)
  }
  for (const [name, field, help] of times) {
    header(lines, name, help)
    for (const { certificate, labels } of labelled)
      lines.push(`${name}{${labels}} ${(parseRfc3339(certificate.status?.[field]) ?? 0) / 1_000}`)
  }
}

function certificateLabels({ metadata, spec }: Certificate): string {
  return labels({
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    issuer_name: spec.issuerRef.name,
    issuer_kind: spec.issuerRef.kind ?? '',
    issuer_group: spec.issuerRef.group ?? '',
  })
}

function issuerSeries(sources: SeriesSources, lines: string[]): void {
  header(lines, 'certmanager_issuer_ready_status', 'Whether the Issuer is ready.')
  for (const issuer of sources.issuers.list())
    readySeries(
      lines,
      'certmanager_issuer_ready_status',
      { name: issuer.metadata.name, namespace: issuer.metadata.namespace ?? '' },
      issuer,
    )
  header(lines, 'certmanager_clusterissuer_ready_status', 'Whether the ClusterIssuer is ready.')
  for (const issuer of sources.clusterIssuers.list())
    readySeries(lines, 'certmanager_clusterissuer_ready_status', { name: issuer.metadata.name }, issuer)
}

function readySeries(lines: string[], name: string, of: Readonly<Record<string, string>>, object: Issuer | ClusterIssuer): void {
  const ready = readyStatus(object)
  for (const status of statuses) lines.push(`${name}{${labels(of)},condition="${status}"} ${ready === status ? 1 : 0}`)
}

const challengeStates = ['', 'valid', 'ready', 'pending', 'processing', 'invalid', 'expired', 'errored'] as const

function challengeSeries(challenges: readonly Challenge[], lines: string[]): void {
  const name = 'certmanager_certificate_challenge_status'
  header(lines, name, 'The state of the challenge.')
  for (const { metadata, spec, status } of challenges) {
    for (const state of challengeStates) {
      const of = {
        status: state,
        domain: spec.dnsName,
        reason: status?.reason ?? '',
        processing: String(status?.processing ?? false),
        name: metadata.name,
        namespace: metadata.namespace ?? '',
        type: spec.type,
      }
      lines.push(`${name}{${labels(of)}} ${(status?.state ?? '') === state ? 1 : 0}`)
    }
  }
}

function readyStatus(object: {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}): string {
  return object.status?.conditions?.find((condition) => condition.type === 'Ready')?.status ?? 'Unknown'
}

function header(lines: string[], name: string, help: string): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`)
}

function labels(of: Readonly<Record<string, string>>): string {
  return Object.entries(of)
    .map(([key, value]) => `${key}="${escaped(value)}"`)
    .join(',')
}

/** Prometheus text format: backslash, double quote and line feed are escaped in label values. */
function escaped(value: string): string {
  return value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
}
