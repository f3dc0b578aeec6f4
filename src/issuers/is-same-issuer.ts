/** An issuer by name, as references and annotations have it. */
interface IssuerName {
  readonly name?: string | undefined
  readonly kind?: string | undefined
  readonly group?: string | undefined
}

/** Whether two names mean one issuer; kind and group that are left out mean an Issuer of ours. */
export function isSameIssuer(a: IssuerName, b: IssuerName): boolean {
  return a.name === b.name && (a.kind || 'Issuer') === (b.kind || 'Issuer') && (a.group || OURS) === (b.group || OURS)
}

/** Whether a reference means an issuer of this API, and not one of somebody else's group. */
export function isOurs({ group }: IssuerName): boolean {
  return (group || OURS) === OURS
}

const OURS = 'cert-manager.io'
