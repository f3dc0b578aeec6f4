/** The contact URLs of an account for an e-mail address. CAs compare them as they are, so they are lower case, as cert-manager sends them. */
export function contactOf(email: string | undefined): readonly string[] {
  return email === undefined || email === '' ? [] : [`mailto:${email.toLowerCase()}`]
}

export function isSameContact(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((contact, at) => contact.toLowerCase() === b[at]?.toLowerCase())
}
