import { BlockList, isIP } from 'node:net'

/** Where in the world an IP address is; `link-local` are also the places outside of that range where clouds keep their metadata. */
export type AddressKind = 'public' | 'private' | 'loopback' | 'link-local'

/** The kind of an IP address (without brackets); undefined for a text that is none. */
export function addressKind(address: string): AddressKind | undefined {
  const family = isIP(address)
  if (family === 0) return undefined
  // A zone (`%eth0`) says through which device, and a list of ranges does not know it.
  const [bare = address] = address.split('%')
  return kinds.find(([, ranges]) => ranges.check(bare, family === 4 ? 'ipv4' : 'ipv6'))?.[0] ?? 'public'
}

// An IPv4 range holds its IPv6 notation (::ffff:0:0/96) as well.
const linkLocal = new BlockList()
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4')
linkLocal.addSubnet('fe80::', 10, 'ipv6')
// The metadata services of AWS by IPv6, of Alibaba Cloud and of Oracle Cloud, and the host of virtual machines at Azure.
linkLocal.addAddress('fd00:ec2::254', 'ipv6')
for (const address of ['100.100.100.200', '192.0.0.192', '168.63.129.16']) linkLocal.addAddress(address, 'ipv4')

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')
// Nobody's address; Linux connects to itself.
loopback.addSubnet('0.0.0.0', 8, 'ipv4')
loopback.addAddress('::', 'ipv6')

// RFC 1918, RFC 6598, RFC 4193.
const inside = new BlockList()
inside.addSubnet('10.0.0.0', 8, 'ipv4')
inside.addSubnet('172.16.0.0', 12, 'ipv4')
inside.addSubnet('192.168.0.0', 16, 'ipv4')
inside.addSubnet('100.64.0.0', 10, 'ipv4')
inside.addSubnet('fc00::', 7, 'ipv6')

const kinds: readonly (readonly [AddressKind, BlockList])[] = [
  ['link-local', linkLocal],
  ['loopback', loopback],
  ['private', inside],
]
