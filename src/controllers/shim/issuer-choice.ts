import { annotation } from '../../crds/annotations.ts'

export interface DefaultIssuer {
  readonly name: string
  readonly kind: string
  readonly group: string
}

/** The issuer that annotations ask for. */
export type IssuerChoice =
  | { readonly kind: 'unasked' }
  | { readonly kind: 'bad'; readonly why: string }
  | { readonly kind: 'ok'; readonly issuerRef: DefaultIssuer }

/** Which issuer is asked for: the one that is named, or the default one where an annotation of `auto` is true. */
export function issuerChoice(
  annotations: Readonly<Record<string, string>>,
  { defaultIssuer, auto }: { readonly defaultIssuer: DefaultIssuer; readonly auto: readonly string[] },
): IssuerChoice {
  const { [annotation.issuer]: issuer, [annotation.clusterIssuer]: clusterIssuer } = annotations
  const asksForDefault = auto.some((key) => isTrue(annotations[key]))
  if (issuer === undefined && clusterIssuer === undefined && !asksForDefault) return { kind: 'unasked' }

  const { [annotation.issuerKind]: kind, [annotation.issuerGroup]: group } = annotations
  const why = contradiction(annotations)
  if (why !== undefined) return { kind: 'bad', why }
  const name = clusterIssuer ?? issuer ?? defaultIssuer.name
  if (name === '') return { kind: 'bad', why: unnamed(issuer, clusterIssuer) }
  const fallback = clusterIssuer !== undefined ? 'ClusterIssuer' : issuer !== undefined ? 'Issuer' : defaultIssuer.kind
  return {
    kind: 'ok',
    issuerRef: { name, kind: (kind ?? fallback) || 'Issuer', group: (group ?? defaultIssuer.group) || 'cert-manager.io' },
  }
}

/** A ClusterIssuer needs no kind and group, and there can be only one issuer. */
function contradiction(annotations: Readonly<Record<string, string>>): string | undefined {
  if (annotations[annotation.clusterIssuer] === undefined) return undefined
  const rivals = [annotation.issuer, annotation.issuerKind, annotation.issuerGroup].filter((key) => annotations[key] !== undefined)
  return rivals.length === 0 ? undefined : `${annotation.clusterIssuer} excludes ${rivals.join(', ')}: keep one of them`
}

function unnamed(issuer: string | undefined, clusterIssuer: string | undefined): string {
  if (clusterIssuer !== undefined) return `${annotation.clusterIssuer} is empty: name a ClusterIssuer`
  if (issuer !== undefined) return `${annotation.issuer} is empty: name an Issuer`
  return `no issuer is named and there is no default one: set ${annotation.issuer} or ${annotation.clusterIssuer}`
}

/** As Go's strconv.ParseBool. */
export function isTrue(text: string | undefined): boolean {
  return text !== undefined && ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)
}
