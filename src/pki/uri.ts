/**
 * Why Go, and with it most of what runs in a cluster, cannot parse a URI; undefined: it can. A certificate with one that it cannot parse is
 * refused as a whole, by each of its programs.
 */
export function uriProblem(uri: string): string | undefined {
  const { scheme, rest, fragment } = parts(uri)
  if (/[^ -~]/.test((scheme ?? '') + rest)) return 'it has a character that is not printable ASCII'
  if (scheme === '') return 'there is nothing before its colon'
  if (hasBadEscape(fragment)) return BAD_ESCAPE
  const [beforeQuery = ''] = rest.split('?', 1)
  if (!rest.startsWith('/')) return scheme === undefined ? pathProblem(beforeQuery) : undefined
  if (!rest.startsWith('//') || (scheme === undefined && rest.startsWith('///'))) return pathProblem(beforeQuery)
  const [authority = ''] = beforeQuery.slice(2).split('/', 1)
  return authorityProblem(authority) ?? pathProblem(beforeQuery.slice(2 + authority.length))
}

const BAD_ESCAPE = 'a percent sign in it is not followed by two hexadecimal digits'

/** `scheme`: undefined without one; empty when the text begins with a colon. */
function parts(uri: string): { readonly scheme: string | undefined; readonly rest: string; readonly fragment: string } {
  const hash = uri.indexOf('#')
  const whole = hash === -1 ? uri : uri.slice(0, hash)
  const scheme = /^(?:[A-Za-z][A-Za-z0-9+.-]*)?(?=:)/.exec(whole)?.[0]
  return { scheme, rest: scheme === undefined ? whole : whole.slice(scheme.length + 1), fragment: hash === -1 ? '' : uri.slice(hash + 1) }
}

function pathProblem(path: string): string | undefined {
  const [first = ''] = path.split('/', 1)
  if (first.includes(':')) return 'its path begins with a colon, and it has no scheme'
  return hasBadEscape(path) ? BAD_ESCAPE : undefined
}

function authorityProblem(authority: string): string | undefined {
  const at = authority.lastIndexOf('@')
  const [user, host] = [authority.slice(0, Math.max(at, 0)), authority.slice(at + 1)]
  if (!/^[A-Za-z0-9._:~!$&'()*+,;=%@-]*$/.test(user) || hasBadEscape(user)) return 'its user name has characters that may not stand there'
  if (!/^(\[[^\]]*\](:[0-9]*)?|[^[:]*|[^[]*:[0-9]*)$/.test(host)) return 'its port is not a number'
  if (!/^([A-Za-z0-9._~!$&'()*+,;=:<>"[\]-]|%25)*$/.test(host)) return 'its host has characters that no host name has'
  return host !== '' && host.split('.').includes('') ? 'its host has an empty part between two dots' : undefined
}

function hasBadEscape(text: string): boolean {
  return /%(?![0-9A-Fa-f]{2})/.test(text)
}
