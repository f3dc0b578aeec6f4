/** What one TXT or CAA value says about an issuer (RFC 8659 §4.2). */
export interface IssueValue {
  /** In lowercase, without the dot at its end. */
  readonly issuerDomainName: string
  /** By tag in lowercase. */
  readonly parameters: ReadonlyMap<string, string>
}

export type IssueValueReading =
  | { readonly kind: 'ok'; readonly value: IssueValue }
  /** `issuerDomainName` is empty when not even that can be told. */
  | { readonly kind: 'malformed'; readonly issuerDomainName: string; readonly why: string }

/** Reads such a value as strictly as a CA does: what it would not take has to be told before it is asked. */
export function parseIssueValue(text: string): IssueValueReading {
  const [first = '', ...rest] = text.split(';').map(trimmed)
  const issuerDomainName = normalIssuerDomainName(first)
  if (!isDomainName(issuerDomainName)) return { kind: 'malformed', issuerDomainName: '', why: 'it does not begin with a domain name' }
  // The grammar allows one semicolon with nothing behind it, and only right after the name.
  const pairs = rest.length === 1 && rest[0] === '' ? [] : rest

  const parameters = new Map<string, string>()
  for (const pair of pairs) {
    const parameter = parseParameter(pair)
    const malformed = (why: string): IssueValueReading => ({ kind: 'malformed', issuerDomainName, why })
    if (parameter === undefined) return malformed(pair === '' ? 'it has a semicolon too many' : 'a parameter is not of the form tag=value')
    if (parameters.has(parameter.tag)) return malformed(`it has the parameter ${parameter.tag} twice`)
    parameters.set(parameter.tag, parameter.value)
  }
  return { kind: 'ok', value: { issuerDomainName, parameters } }
}

/** Whether a text can be the value of a parameter: visible ASCII without the semicolon that ends it. */
export function isParameterValue(text: string): boolean {
  return /^[\x21-\x3a\x3c-\x7e]+$/.test(text)
}

/** An issuer domain name that a CA may use: A-labels, lowercase, no dot at its end, at most 253 octets. */
export function isIssuerDomainName(name: string): boolean {
  return name === name.toLowerCase() && isDomainName(name)
}

function parseParameter(pair: string): { readonly tag: string; readonly value: string } | undefined {
  const [, tag = '', value = ''] = /^([A-Za-z0-9](?:-*[A-Za-z0-9])*)[ \t]*=[ \t]*(.*)$/s.exec(pair) ?? []
  return tag !== '' && (value === '' || isParameterValue(value)) ? { tag: tag.toLowerCase(), value } : undefined
}

function normalIssuerDomainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

function isDomainName(name: string): boolean {
  return name.length <= LONGEST_NAME && name.split('.').every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(label))
}

function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '')
}

const LONGEST_NAME = 253
