import { countOf, isNeeded, isSet } from './rules.ts'
import type { Rule } from './schema.ts'

const providers = ['acmeDNS', 'akamai', 'azureDNS', 'cloudDNS', 'cloudflare', 'digitalocean', 'rfc2136', 'route53', 'webhook']

// The incumbent does not notice acmeDNS after one of these, and uses the other.
const acmeDnsBeside = `has(self.acmeDNS) && ${countOf(['akamai', 'azureDNS', 'cloudDNS', 'cloudflare', 'route53'], '== 1')} && ${countOf(['digitalocean', 'rfc2136', 'webhook'], '== 0')}`

/** Rules for `dns01` as a whole. */
export const dns01Rules: readonly Rule[] = [
  {
    rule: `${countOf(providers, '== 1')} || ${acmeDnsBeside}`,
    message: `dns01 needs exactly one provider: ${providers.slice(0, -1).join(', ')} or ${providers.at(-1) ?? ''}`,
  },
]

/** Rules for each of `dns01.nameservers`. */
export const nameserverRules: readonly Rule[] = [
  {
    rule: String.raw`self.startsWith('https://') ? isURL(self) && url(self).getHost() != '' : self.matches(r'^(\[[^\[\]]*\]|[^:\[\]]*):[^:\[\]]*$')`,
    message: 'nameservers must be in the form ip:port, or https://… for DNS over HTTPS',
  },
]

/** Rules for each provider, by its name. */
export const acmeDnsRules: readonly Rule[] = [isNeeded('host')]
export const akamaiRules: readonly Rule[] = [isNeeded('serviceConsumerDomain')]
export const cloudDnsRules: readonly Rule[] = [isNeeded('project')]
export const webhookRules: readonly Rule[] = [isNeeded('solverName')]

const principal = `(${isSet('self.clientID')} || ${isSet('self.tenantID')} || has(self.clientSecretSecretRef))`
const wholePrincipal = `(${isSet('self.clientID')} && ${isSet('self.tenantID')} && has(self.clientSecretSecretRef))`
const identity = (name: string) => `(has(self.managedIdentity) && ${isSet(`self.managedIdentity.${name}`)})`

export const azureRules: readonly Rule[] = [
  isNeeded('subscriptionID'),
  isNeeded('resourceGroupName'),
  { rule: `!${principal} || ${wholePrincipal}`, message: 'a service principal needs all of clientID, clientSecretSecretRef and tenantID' },
  {
    rule: `!${principal} || !has(self.managedIdentity)`,
    message: 'use either managedIdentity, or clientID with clientSecretSecretRef and tenantID',
    fieldPath: '.managedIdentity',
  },
  {
    rule: `${principal} || !(${identity('resourceID')} && (${identity('clientID')} || ${identity('tenantID')}))`,
    message: 'managedIdentity.resourceID excludes clientID and tenantID',
    fieldPath: '.managedIdentity',
  },
  {
    rule: `${principal} || !${identity('tenantID')} || ${identity('clientID')}`,
    message: 'managedIdentity.tenantID needs managedIdentity.clientID',
    fieldPath: '.managedIdentity',
  },
]

export const cloudflareRules: readonly Rule[] = [
  {
    rule: 'has(self.apiKeySecretRef) != has(self.apiTokenSecretRef)',
    message: 'give exactly one of apiTokenSecretRef and apiKeySecretRef',
  },
  {
    rule: `!has(self.apiKeySecretRef) || ${isSet('self.email')}`,
    message: 'apiKeySecretRef needs the email of the account',
    fieldPath: '.email',
  },
]

export const route53Rules: readonly Rule[] = [
  {
    rule: `!has(self.accessKeyIDSecretRef) || !${isSet('self.accessKeyID')}`,
    message: 'give at most one of accessKeyID and accessKeyIDSecretRef',
  },
]

const secret = (part: string) => `(has(self.tsigSecretSecretRef) && ${isSet(`self.tsigSecretSecretRef.${part}`)})`
const wholeSecret = `(${secret('name')} && ${secret('key')})`

export const rfc2136Rules: readonly Rule[] = [
  {
    rule: String.raw`self.nameserver.matches(r'^\s*(\[[^\[\]]+\]|[^:\[\]\s][^:\[\]]*)(:[^:\[\]]*)?\s*$')`,
    message: 'nameserver must be host or host:port; put an IPv6 address into brackets',
    fieldPath: '.nameserver',
  },
  {
    rule: "!has(self.tsigAlgorithm) || self.tsigAlgorithm.matches(r'(?i)^(HMACMD5|HMACSHA1|HMACSHA256|HMACSHA512)?$')",
    message: 'tsigAlgorithm must be HMACMD5, HMACSHA1, HMACSHA256 or HMACSHA512',
    fieldPath: '.tsigAlgorithm',
  },
  { rule: `!${isSet('self.tsigKeyName')} || ${wholeSecret}`, message: 'tsigKeyName needs tsigSecretSecretRef with name and key' },
  { rule: `!${wholeSecret} || ${isSet('self.tsigKeyName')}`, message: 'tsigSecretSecretRef needs tsigKeyName' },
]
