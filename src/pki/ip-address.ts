import { isIPv4, isIPv6 } from 'node:net'

/** The 4 or 16 bytes of an IP address; undefined when the text is none. IPv4 mapped into IPv6 becomes IPv4, a zone is no address. */
export function parseIpAddress(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number)
  if (!isIPv6(text) || text.includes('%')) return undefined
  const bytes = parseIpv6(text)
  return isMapped(bytes) ? bytes.subarray(12) : bytes
}

/** The canonical text of 4 or 16 bytes, RFC 5952. */
export function formatIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  return isMapped(bytes) ? bytes.subarray(12).join('.') : formatIpv6(bytes)
}

/** Address and mask of a CIDR text, one after the other, the address masked; undefined when the text is none. */
export function parseCidr(text: string): Uint8Array | undefined {
  const match = /^([^/]{1,45})\/0*([0-9]{1,3})$/.exec(text)
  const address = match?.[1] === undefined ? undefined : parseCidrAddress(match[1])
  const bits = Number(match?.[2])
  if (address === undefined || bits > address.length * 8) return undefined

  const mask = address.map((_, at) => (0xff00 >> Math.min(Math.max(bits - at * 8, 0), 8)) & 0xff)
  return Uint8Array.of(...address.map((byte, at) => byte & (mask[at] ?? 0)), ...mask)
}

/** The CIDR text of address and mask; undefined when the mask has holes or the length is wrong. */
export function formatCidr(addressAndMask: Uint8Array): string | undefined {
  if (addressAndMask.length !== 8 && addressAndMask.length !== 32) return undefined
  const half = addressAndMask.length / 2
  const mask = Array.from(addressAndMask.subarray(half), (byte) => byte.toString(2).padStart(8, '0')).join('')
  if (!/^1*0*$/.test(mask)) return undefined
  const bits = mask.indexOf('0')
  const address = addressAndMask.subarray(0, half)
  return `${half === 4 ? formatIpAddress(address) : formatIpv6(address)}/${bits === -1 ? mask.length : bits}`
}

function parseIpv6(text: string): Uint8Array {
  const [head = '', tail] = text.split('::')
  const front = groupBytes(head)
  const back = groupBytes(tail ?? '')
  return Uint8Array.from([...front, ...new Uint8Array(16 - front.length - back.length), ...back])
}

function groupBytes(groups: string): readonly number[] {
  if (groups === '') return []
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

/** Unlike a single address, a range of mapped IPv4 addresses keeps its 16 bytes, for its mask counts from the first. */
function parseCidrAddress(text: string): Uint8Array | undefined {
  return isIPv6(text) && !text.includes('%') ? parseIpv6(text) : parseIpAddress(text)
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes.length === 16 && bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0)
}

function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, at) => (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16))
  const { at, length } = longestZeroRun(groups)
  if (length < 2) return groups.join(':')
  return `${groups.slice(0, at).join(':')}::${groups.slice(at + length).join(':')}`
}

function longestZeroRun(groups: readonly string[]): { readonly at: number; readonly length: number } {
  let best = { at: 0, length: 0 }
  for (let at = 0; at < groups.length; at += 1) {
    const end = groups.findIndex((group, index) => index >= at && group !== '0')
    const length = (end === -1 ? groups.length : end) - at
    if (length > best.length) best = { at, length }
  }
  return best
}
