import { isIpAddress, isSet } from './rules.ts'
import type { Rule } from './schema.ts'

// What the names of a Certificate must be like, each for itself.

/** Rules for each of `ipAddresses`. */
export const ipRules: readonly Rule[] = [
  { rule: isIpAddress('self'), message: 'ipAddresses must be IP addresses such as 192.0.2.1 or 2001:db8::1' },
]

/** Rules for each IP range of `nameConstraints`; CEL's own isCIDR takes no IPv4-mapped address and no zero before the length. */
export const ipRangeRules: readonly Rule[] = [
  {
    rule: [
      "self.matches(r'^[^/]+/0*([0-9]{1,2}|1[01][0-9]|12[0-8])$')",
      `[self.split('/')[0]].all(ip, ${isIpAddress('ip')})`,
      "(self.contains(':') || self.matches(r'/0*([12]?[0-9]|3[0-2])$'))",
    ].join(' && '),
    message: 'ipRanges must be in CIDR form such as 192.0.2.0/24 or 2001:db8::/32',
  },
]

const atoms = String.raw`[^\x00-\x20\x7f()<>\[\]:;@\\,"]+`

/** Rules for each of `emailAddresses`: RFC 5322 section 3.4.1 without display name, comments or quotes. */
export const emailRules: readonly Rule[] = [
  {
    rule: String.raw`self.matches(r'^${atoms}@(${atoms}|\[[0-9A-Fa-f.:]+\])$') && (!self.endsWith(']') || [self.find(r'[0-9A-Fa-f.:]*\]$').replace(']', '')].all(ip, ${isIpAddress('ip')}))`,
    message: 'emailAddresses must be bare addresses such as jane@example.com, without a name or brackets',
  },
  {
    rule: String.raw`!self.matches(r'\.\.|\.@|@\.|^\.|\.$')`,
    message: 'emailAddresses may have dots only between other characters',
  },
]

/** Rules for each of `otherNames`. */
export const otherNameRules: readonly Rule[] = [
  {
    rule: "has(self.oid) && self.oid.matches(r'^[+-]?0*[0-9]{1,18}([.][+-]?0*[0-9]{1,18})*$')",
    message: 'oid must be an object identifier such as 1.3.6.1.4.1.311.20.2.3',
    fieldPath: '.oid',
  },
  { rule: isSet('self.utf8Value'), message: 'utf8Value must be given', fieldPath: '.utf8Value' },
]
