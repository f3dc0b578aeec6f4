import { isIP } from 'node:net'

import { canonicalIp } from '../../acme/identifier.ts'

/** Whether a Host header names this name or address, with or without a port. */
export function isHostHeaderOf(header: string, name: string): boolean {
  return hostNameIn(header) === canonicalName(name)
}

/** The name or address of a Host header, without port and brackets (RFC 9110 §7.2); undefined when it is none. */
function hostNameIn(header: string): string | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]+))(?::\d{1,5})?$/.exec(header)
  const name = match?.[1] ?? match?.[2]
  return name === undefined ? undefined : canonicalName(name)
}

function canonicalName(name: string): string {
  return isIP(name) === 0 ? name.toLowerCase().replace(/\.$/, '') : (canonicalIp(name) ?? name)
}
