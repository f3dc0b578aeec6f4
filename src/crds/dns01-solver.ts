import {
  acmeDnsRules,
  akamaiRules,
  azureRules,
  cloudDnsRules,
  cloudflareRules,
  dns01Rules,
  nameserverRules,
  rfc2136Rules,
  route53Rules,
  webhookRules,
} from './dns01-solver-rules.ts'
import { namedSecretKey, secretKeySelector, serviceAccountReference } from './references.ts'
import type { TypeOf } from './schema.ts'
import { anything, choice, list, object, required, text } from './schema.ts'

export interface Dns01Solver extends TypeOf<typeof dns01Solver> {}
export interface AcmeDns extends TypeOf<typeof acmeDNS> {}
export interface Akamai extends TypeOf<typeof akamai> {}
export interface AzureDns extends TypeOf<typeof azureDNS> {}
export interface CloudDns extends TypeOf<typeof cloudDNS> {}
export interface Cloudflare extends TypeOf<typeof cloudflare> {}
export interface DigitalOcean extends TypeOf<typeof digitalocean> {}
export interface Rfc2136 extends TypeOf<typeof rfc2136> {}
export interface Route53 extends TypeOf<typeof route53> {}
export interface Dns01Webhook extends TypeOf<typeof webhook> {}

const acmeDNS = object(
  'acme-dns.',
  {
    host: required(text('Base URL of the acme-dns server.')),
    accountSecretRef: required(namedSecretKey),
  },
  { rules: acmeDnsRules },
)

const akamai = object(
  'Akamai Edge DNS.',
  {
    serviceConsumerDomain: required(text('Host name of the API.')),
    clientTokenSecretRef: required(namedSecretKey),
    clientSecretSecretRef: required(namedSecretKey),
    accessTokenSecretRef: required(namedSecretKey),
  },
  { rules: akamaiRules },
)

const azureDNS = object(
  'Azure DNS.',
  {
    subscriptionID: required(text('Subscription that holds the zone.')),
    resourceGroupName: required(text('Resource group that holds the zone.')),
    hostedZoneName: text('Name of the zone; found by itself when left out.'),
    tenantID: text('Tenant of the service principal.'),
    clientID: text('Application of the service principal.'),
    clientSecretSecretRef: namedSecretKey,
    environment: choice(
      ['AzurePublicCloud', 'AzureChinaCloud', 'AzureGermanCloud', 'AzureUSGovernmentCloud'],
      'Which Azure; AzurePublicCloud by default.',
    ),
    managedIdentity: object('Managed or workload identity to use; the default one when all are left out.', {
      clientID: text('Client ID of the identity; not together with resourceID.'),
      resourceID: text('Resource ID of the identity; not with workload identity.'),
      tenantID: text('Tenant of the identity; only together with clientID.'),
    }),
    zoneType: choice(['AzurePublicZone', 'AzurePrivateZone'], 'Whether the zone is public, as by default, or private.'),
  },
  { rules: azureRules },
)

const cloudDNS = object(
  'Google Cloud DNS.',
  {
    project: required(text('Project that holds the zone.')),
    hostedZoneName: text('Name of the managed zone; found by itself when left out.'),
    serviceAccountSecretRef: namedSecretKey,
  },
  { rules: cloudDnsRules },
)

const cloudflare = object(
  'Cloudflare.',
  {
    email: text('Email address of the account; only with apiKeySecretRef.'),
    apiKeySecretRef: namedSecretKey,
    apiTokenSecretRef: namedSecretKey,
  },
  { rules: cloudflareRules },
)

const digitalocean = object('DigitalOcean.', { tokenSecretRef: required(namedSecretKey) })

const rfc2136 = object(
  'A DNS server that takes dynamic updates (RFC 2136).',
  {
    nameserver: required(text('host or host:port of the server; an IPv6 address in brackets.', { maxLength: 512 })),
    tsigSecretSecretRef: secretKeySelector,
    tsigKeyName: text('Name of the TSIG key.'),
    tsigAlgorithm: text('HMACMD5 (the default), HMACSHA1, HMACSHA256 or HMACSHA512.', { maxLength: 64 }),
    protocol: choice(['TCP', 'UDP'], 'How updates are sent; UDP by default.'),
  },
  { rules: rfc2136Rules },
)

const route53 = object(
  'Amazon Route 53.',
  {
    region: text('AWS region.'),
    hostedZoneID: text('ID of the zone; found by itself when left out.'),
    role: text('ARN of a role to assume.'),
    accessKeyID: text('Access key; ambient credentials when it is left out.'),
    accessKeyIDSecretRef: namedSecretKey,
    secretAccessKeySecretRef: secretKeySelector,
    auth: object('How to sign in without an access key.', {
      kubernetes: required(
        object('With a token of a Kubernetes service account, through role.', { serviceAccountRef: required(serviceAccountReference) }),
      ),
    }),
  },
  { rules: route53Rules },
)

const webhook = object(
  'A provider outside of the operator, served as an aggregated API.',
  {
    groupName: required(text('API group of the provider.')),
    solverName: required(text('Name of the solver in that group.')),
    config: anything('Passed on as it is.'),
  },
  { rules: webhookRules },
)

/** Proves control by a TXT record (RFC 8555 section 8.4). */
export const dns01Solver = object(
  'Proves control by a DNS record; name exactly one provider.',
  {
    cnameStrategy: choice(['None', 'Follow'], 'Follow puts the record where a CNAME points; None by default.'),
    nameservers: list(
      text(undefined, { maxLength: 253, rules: nameserverRules }),
      'DNS servers to look the record up, as ip:port or https://…; those of the operator by default.',
      { maxItems: 10 },
    ),
    acmeDNS,
    akamai,
    azureDNS,
    cloudDNS,
    cloudflare,
    digitalocean,
    rfc2136,
    route53,
    webhook,
  },
  { rules: dns01Rules },
)
