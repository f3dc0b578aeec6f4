import type { Verdict } from './crds-objects.ts'
import { acme, base64, certificateRequest, clusterIssuer, issuer, pem, withBothSymbols } from './crds-objects.ts'

const ok = undefined
const secret = { name: 'a', key: 'b' }
const solver = (...solvers: readonly object[]) => acme({ solvers })
const ingress = (fields: object) => solver({ http01: { ingress: fields } })
const route = (fields: object) => solver({ http01: { gatewayHTTPRoute: fields } })
const dns01 = (fields: object) => solver({ dns01: fields })
const azure = (fields: object) => dns01({ azureDNS: { subscriptionID: 's', resourceGroupName: 'g', ...fields } })
const principal = { clientID: 'c', tenantID: 't', clientSecretSecretRef: secret }
const rfc2136 = (fields: object) => dns01({ rfc2136: { nameserver: '192.0.2.53', ...fields } })
const vault = (fields: object) =>
  issuer({ vault: { server: 'https://vault.example', path: 'pki/sign/web', auth: { tokenSecretRef: secret }, ...fields } })
const vaultAuth = (auth: object) => vault({ auth })
const appRole = (fields: object) => vaultAuth({ appRole: { path: 'approle', roleId: 'r', secretRef: secret, ...fields } })
const kubernetes = (fields: object) => vaultAuth({ kubernetes: { role: 'r', ...fields } })
const aws = (fields: object) => vaultAuth({ aws: { role: 'r', ...fields } })
const venafi = (fields: object) => issuer({ venafi: { zone: 'z', ...fields } })
const tpp = (fields: object = {}) => ({ tpp: { url: 'https://tpp.example/vedsdk', credentialsRef: { name: 'a' }, ...fields } })
const ngts = (fields: object) => venafi({ ngts: { tsgID: '1', credentialsRef: { name: 'a' }, ...fields } })

const issuers: readonly Verdict[] = [
  ['a minimal self-signed Issuer', issuer({ selfSigned: {} }), ok],
  ['a minimal CA Issuer', issuer({ ca: { secretName: 'ca' } }), ok],
  ['a minimal ACME Issuer', acme(), ok],
  ['a minimal Vault Issuer', vault({}), ok],
  ['a minimal Venafi Issuer', venafi({ cloud: { apiTokenSecretRef: { name: 'a' } } }), ok],
  ['a minimal ClusterIssuer', clusterIssuer({ selfSigned: {} }), ok],
  ['an Issuer without a type', issuer({}), 'an issuer has exactly one type'],
  ['an Issuer of two types', issuer({ selfSigned: {}, ca: { secretName: 'ca' } }), 'an issuer has exactly one type'],
  ['a ClusterIssuer of two types', clusterIssuer({ selfSigned: {}, ca: { secretName: 'ca' } }), 'an issuer has exactly one type'],
  ['a CA Issuer without a Secret name', issuer({ ca: { secretName: '' } }), 'name the Secret that holds the CA'],
  [
    'a CA Issuer with an empty OCSP server',
    issuer({ ca: { secretName: 'ca', ocspServers: [''] } }),
    'ocspServers may not hold an empty URL',
  ],
  [
    'a CA Issuer with an empty issuing URL',
    issuer({ ca: { secretName: 'ca', issuingCertificateURLs: [''] } }),
    'issuingCertificateURLs may not hold an empty URL',
  ],
]

const acmeIssuers: readonly Verdict[] = [
  ['no ACME server', acme({ server: '' }), 'server must be the URL of the ACME directory'],
  ['no account key', acme({ privateKeySecretRef: { name: '' } }), 'name the Secret that holds, or shall receive, the account key'],
  ['a CA bundle', acme({ caBundle: pem('CERTIFICATE'), skipTLSVerify: false }), ok],
  ['an empty CA bundle', acme({ caBundle: '' }), 'should match'],
  ['a CA bundle after one byte', acme({ caBundle: pem('CERTIFICATE', '\n') }), ok],
  ['a CA bundle after two bytes', acme({ caBundle: pem('CERTIFICATE', '#\n') }), ok],
  ['a CA bundle without a PEM', acme({ caBundle: base64('PEM') }), 'caBundle must hold CA certificates as PEM'],
  ['a CA bundle of another kind of PEM', acme({ caBundle: pem('PRIVATE KEY') }), 'caBundle must hold CA certificates as PEM'],
  ['a CA bundle that is a list', acme({ caBundle: ['x'] }), 'must be of type string'],
  ['a CA bundle with + and / in its base64', acme({ caBundle: withBothSymbols, skipTLSVerify: false }), ok],
  [
    'a CA bundle that is not checked',
    acme({ caBundle: pem('CERTIFICATE'), skipTLSVerify: true }),
    'caBundle and skipTLSVerify exclude each other',
  ],
  ['an external account', acme({ externalAccountBinding: { keyID: 'k', keySecretRef: secret } }), ok],
  ['an external account without a key ID', acme({ externalAccountBinding: { keyID: '', keySecretRef: secret } }), 'keyID must be given'],
  [
    'an external account without a key in its Secret',
    acme({ externalAccountBinding: { keyID: 'k', keySecretRef: { name: 'a' } } }),
    'name and key are both needed',
  ],

  ['a solver of no kind', solver({}), 'a solver is exactly one of http01, dns01, tlsALPN01 and dnsPersist01'],
  [
    'a solver of two kinds',
    solver({ http01: { ingress: {} }, dns01: { digitalocean: { tokenSecretRef: secret } } }),
    'a solver is exactly one of http01, dns01, tlsALPN01 and dnsPersist01',
  ],
  ['TLS-ALPN-01 behind Traefik', solver({ tlsALPN01: { ingressRouteTCP: {} } }), ok],
  ['TLS-ALPN-01 on a Gateway', solver({ tlsALPN01: { gatewayTLSRoute: { parentRefs: [{ name: 'edge' }] } } }), ok],
  ['TLS-ALPN-01 on no Gateway', solver({ tlsALPN01: { gatewayTLSRoute: { parentRefs: [] } } }), 'parentRefs must name a Gateway'],
  ['TLS-ALPN-01 by nothing', solver({ tlsALPN01: {} }), 'tlsALPN01 is exactly one of gatewayTLSRoute and ingressRouteTCP'],
  ['DNS-PERSIST-01', solver({ dnsPersist01: {} }), ok],
  [
    'DNS-PERSIST-01 and DNS-01 in one solver',
    solver({ dns01: { acmeDNS: { host: 'https://acme-dns.example', accountSecretRef: { name: 'a' } } }, dnsPersist01: {} }),
    'a solver is exactly one of http01, dns01, tlsALPN01 and dnsPersist01',
  ],
  [
    'TLS-ALPN-01 and HTTP-01 in one solver',
    solver({ http01: { ingress: {} }, tlsALPN01: { ingressRouteTCP: {} } }),
    'a solver is exactly one of http01, dns01, tlsALPN01 and dnsPersist01',
  ],
  ['a bad solver after a good one', solver({ http01: { ingress: {} } }, {}), 'solvers[1]: Invalid value'],
  ['a wait instead of the self-check', solver({ http01: { ingress: {} }, waitInsteadOfSelfCheck: '90s' }), ok],
  ['no wait instead of the self-check', solver({ http01: { ingress: {} }, waitInsteadOfSelfCheck: '0' }), ok],
  ['a negative wait', solver({ http01: { ingress: {} }, waitInsteadOfSelfCheck: '-1s' }), 'waitInsteadOfSelfCheck must not be negative'],
  [
    'a wait without a unit',
    solver({ http01: { ingress: {} }, waitInsteadOfSelfCheck: '90' }),
    'write a duration in hours, minutes and seconds',
  ],

  ['an Ingress of no class', ingress({}), ok],
  ['an Ingress class', ingress({ ingressClassName: 'nginx' }), ok],
  ['an Ingress class that is no name', ingress({ class: 'azure/application-gateway' }), ok],
  [
    'an Ingress class name that is no name',
    ingress({ ingressClassName: 'azure/application-gateway' }),
    'ingressClassName must be the name of an IngressClass',
  ],
  [
    'an Ingress class twice',
    ingress({ class: 'nginx', ingressClassName: 'nginx' }),
    'give at most one of ingressClassName, class and name',
  ],
  ['an Ingress class and a name', ingress({ class: 'nginx', name: 'web' }), 'give at most one of ingressClassName, class and name'],
  ['a Service of type LoadBalancer', ingress({ serviceType: 'LoadBalancer' }), 'serviceType must be ClusterIP or NodePort'],
  ['a Service of type ClusterIP', route({ serviceType: 'ClusterIP' }), ok],
  ['a Service of type ExternalName for a route', route({ serviceType: 'ExternalName' }), 'serviceType must be ClusterIP or NodePort'],
  ['a parentRef without kind', route({ parentRefs: [{ name: 'gateway' }] }), ok],
  ['a parentRef without name', route({ parentRefs: [{ kind: 'Gateway', name: '' }] }), 'parentRefs[0].name'],
  ['http01 of no kind', solver({ http01: {} }), 'http01 is exactly one of ingress and gatewayHTTPRoute'],
  [
    'http01 of two kinds',
    solver({ http01: { ingress: {}, gatewayHTTPRoute: {} } }),
    'http01 is exactly one of ingress and gatewayHTTPRoute',
  ],
]

const providers: readonly Verdict[] = [
  ['dns01 without a provider', dns01({ cnameStrategy: 'Follow' }), 'dns01 needs exactly one provider'],
  ['dns01 with two providers', dns01({ route53: {}, cloudDNS: { project: 'p' } }), 'dns01 needs exactly one provider'],
  ['dns01 with route53 and acmeDNS, which is not used then', dns01({ route53: {}, acmeDNS: { host: 'h', accountSecretRef: secret } }), ok],
  [
    'dns01 with digitalocean and acmeDNS',
    dns01({ digitalocean: { tokenSecretRef: secret }, acmeDNS: { host: 'h', accountSecretRef: secret } }),
    'dns01 needs exactly one provider',
  ],
  ['nameservers', dns01({ route53: {}, nameservers: ['192.0.2.53:53', '[2001:db8::53]:53', 'https://dns.example/dns-query'] }), ok],
  ['a nameserver that is an IPv6 address without a port', dns01({ route53: {}, nameservers: ['2001:db8::53'] }), 'nameservers must be in'],
  [
    'a nameserver with a scheme of its own',
    dns01({ route53: {}, nameservers: ['tls://192.0.2.53:853'] }),
    'nameservers must be in the form',
  ],
  ['a nameserver by HTTPS without a host', dns01({ route53: {}, nameservers: ['https:///dns-query'] }), 'nameservers must be in the form'],
  [
    'a nameserver by HTTPS that is no URL',
    dns01({ route53: {}, nameservers: ['https://dns.example:port'] }),
    'nameservers must be in the form',
  ],
  ['a nameserver without a port', dns01({ route53: {}, nameservers: ['192.0.2.53'] }), 'nameservers must be in the form ip:port'],

  ['acme-dns', dns01({ acmeDNS: { host: 'https://acme-dns.example', accountSecretRef: secret } }), ok],
  ['acme-dns without a host', dns01({ acmeDNS: { host: '', accountSecretRef: secret } }), 'host must be given'],
  [
    'Akamai',
    dns01({
      akamai: { serviceConsumerDomain: 'd', clientTokenSecretRef: secret, clientSecretSecretRef: secret, accessTokenSecretRef: secret },
    }),
    ok,
  ],
  [
    'Akamai with a Secret without a key',
    dns01({
      akamai: {
        serviceConsumerDomain: 'd',
        clientTokenSecretRef: { name: 'a' },
        clientSecretSecretRef: secret,
        accessTokenSecretRef: secret,
      },
    }),
    'name and key are both needed',
  ],
  [
    'Akamai without a domain',
    dns01({
      akamai: { serviceConsumerDomain: '', clientTokenSecretRef: secret, clientSecretSecretRef: secret, accessTokenSecretRef: secret },
    }),
    'serviceConsumerDomain must be given',
  ],

  ['Azure with ambient credentials', azure({}), ok],
  ['Azure with a service principal', azure(principal), ok],
  ['Azure with a managed identity', azure({ managedIdentity: { clientID: 'c', tenantID: 't' } }), ok],
  ['Azure without a subscription', azure({ subscriptionID: '' }), 'subscriptionID must be given'],
  ['Azure without a resource group', azure({ resourceGroupName: '' }), 'resourceGroupName must be given'],
  [
    'Azure with a service principal whose Secret has no key',
    azure({ ...principal, clientSecretSecretRef: { name: 'a' } }),
    'name and key are both needed',
  ],
  ['Azure in an unknown cloud', azure({ environment: 'AzureMoonCloud' }), 'Unsupported value: "AzureMoonCloud"'],
  ['Azure in China', azure({ environment: 'AzureChinaCloud' }), ok],
  ['Azure with part of a service principal', azure({ clientID: 'c' }), 'a service principal needs all of'],
  ['Azure with a service principal and a managed identity', azure({ ...principal, managedIdentity: {} }), 'use either managedIdentity'],
  [
    'Azure with a managed identity named twice',
    azure({ managedIdentity: { clientID: 'c', resourceID: 'r' } }),
    'managedIdentity.resourceID excludes',
  ],
  [
    'Azure with a managed identity by resource and tenant',
    azure({ managedIdentity: { tenantID: 't', resourceID: 'r' } }),
    'managedIdentity.resourceID excludes',
  ],
  [
    'Azure with only the tenant of a managed identity',
    azure({ managedIdentity: { tenantID: 't' } }),
    'managedIdentity.tenantID needs managedIdentity.clientID',
  ],

  ['Cloud DNS', dns01({ cloudDNS: { project: 'p' } }), ok],
  ['Cloud DNS without a project', dns01({ cloudDNS: { project: '' } }), 'project must be given'],
  [
    'Cloud DNS with a Secret without a key',
    dns01({ cloudDNS: { project: 'p', serviceAccountSecretRef: { name: 'a' } } }),
    'name and key are both needed',
  ],
  ['Cloudflare with a token', dns01({ cloudflare: { apiTokenSecretRef: secret } }), ok],
  ['Cloudflare with a key', dns01({ cloudflare: { email: 'jane@example.com', apiKeySecretRef: secret } }), ok],
  ['Cloudflare without credentials', dns01({ cloudflare: {} }), 'give exactly one of apiTokenSecretRef and apiKeySecretRef'],
  ['Cloudflare with a Secret without a key', dns01({ cloudflare: { apiTokenSecretRef: { name: 'a' } } }), 'name and key are both needed'],
  [
    'Cloudflare with a key and a token',
    dns01({ cloudflare: { email: 'e', apiTokenSecretRef: secret, apiKeySecretRef: secret } }),
    'give exactly one of apiTokenSecretRef and apiKeySecretRef',
  ],
  ['Cloudflare with a key and no email', dns01({ cloudflare: { apiKeySecretRef: secret } }), 'apiKeySecretRef needs the email'],
  ['DigitalOcean', dns01({ digitalocean: { tokenSecretRef: secret } }), ok],
  ['DigitalOcean with a Secret without a key', dns01({ digitalocean: { tokenSecretRef: { name: 'a' } } }), 'name and key are both needed'],
  ['Route 53 as Go writes it', dns01({ route53: { region: 'eu-central-1', secretAccessKeySecretRef: { name: '' } } }), ok],
  [
    'Route 53 with an access key whose Secret has no key',
    dns01({ route53: { accessKeyIDSecretRef: { name: 'a' } } }),
    'name and key are both needed',
  ],
  [
    'Route 53 with two access keys',
    dns01({ route53: { accessKeyID: 'a', accessKeyIDSecretRef: secret } }),
    'give at most one of accessKeyID and accessKeyIDSecretRef',
  ],

  ['RFC 2136 with an IPv6 server', rfc2136({ nameserver: '[2001:db8::53]:53' }), ok],
  ['RFC 2136 with a host name', rfc2136({ nameserver: 'ns.example' }), ok],
  ['RFC 2136 with an IPv6 server without brackets', rfc2136({ nameserver: '2001:db8::53' }), 'nameserver must be host or host:port'],
  ['RFC 2136 with a port only', rfc2136({ nameserver: ':53' }), 'nameserver must be host or host:port'],
  ['RFC 2136 with a TSIG key', rfc2136({ tsigKeyName: 'k', tsigSecretSecretRef: secret, tsigAlgorithm: 'hmacsha256' }), ok],
  ['RFC 2136 with an unknown algorithm', rfc2136({ tsigAlgorithm: 'HMACSHA3' }), 'tsigAlgorithm must be'],
  ['RFC 2136 with a TSIG key without its Secret', rfc2136({ tsigKeyName: 'k' }), 'tsigKeyName needs tsigSecretSecretRef'],
  [
    'RFC 2136 with a TSIG key whose Secret has no key',
    rfc2136({ tsigKeyName: 'k', tsigSecretSecretRef: { name: 'a' } }),
    'tsigKeyName needs tsigSecretSecretRef',
  ],
  ['RFC 2136 without a server', rfc2136({ nameserver: '' }), 'nameserver must be host or host:port'],
  ['RFC 2136 with a TSIG Secret without its name', rfc2136({ tsigSecretSecretRef: secret }), 'tsigSecretSecretRef needs tsigKeyName'],
  ['a webhook', dns01({ webhook: { groupName: 'dns.example', solverName: 's', config: { any: ['thing'] } } }), ok],
  ['a webhook without a solver name', dns01({ webhook: { groupName: 'dns.example', solverName: '' } }), 'solverName must be given'],
]

const otherIssuers: readonly Verdict[] = [
  ['Vault without a server', vault({ server: '' }), 'server must be given'],
  ['Vault without a path', vault({ path: '' }), 'path must be given'],
  ['Vault with a path upwards', vault({ path: 'pki/../sys/x' }), 'path may not contain a .. segment'],
  ['Vault with dots in a path', vault({ path: 'pki/sign/a..b' }), ok],
  [
    'Vault with two CA bundles',
    vault({ caBundle: pem('CERTIFICATE'), caBundleSecretRef: secret }),
    'caBundle and caBundleSecretRef exclude each other',
  ],
  [
    'Vault with a client certificate without a key',
    vault({ clientCertSecretRef: secret }),
    'clientCertSecretRef and clientKeySecretRef need each other',
  ],
  ['Vault with a CA bundle without a PEM', vault({ caBundle: base64('PEM') }), 'caBundle must hold CA certificates as PEM'],
  ['Vault with a CA bundle with + and / in its base64', vault({ caBundle: withBothSymbols }), ok],
  ['Vault without a way to sign in', vaultAuth({}), 'auth needs one of'],
  ['Vault with two ways to sign in', vaultAuth({ tokenSecretRef: secret, clientCertificate: {} }), ok],
  ['Vault with an AppRole', appRole({}), ok],
  ['Vault with an AppRole without an ID', appRole({ roleId: '' }), 'roleId must be given'],
  ['Vault with an AppRole without a Secret', appRole({ secretRef: { name: '' } }), 'name the Secret that holds the secret ID'],
  ['Vault with an AppRole mounted upwards', appRole({ path: '../x' }), 'path may not contain a .. segment'],
  [
    'Vault with a client certificate mounted upwards',
    vaultAuth({ clientCertificate: { mountPath: '/v1/..' } }),
    'mountPath may not contain a .. segment',
  ],
  ['Vault with a service account', kubernetes({ serviceAccountRef: { name: 'a' } }), ok],
  ['Vault with a service account as Go writes it', kubernetes({ secretRef: { name: '' }, serviceAccountRef: { name: 'a' } }), ok],
  ['Vault with Kubernetes auth without a role', kubernetes({ role: '', serviceAccountRef: { name: 'a' } }), 'role must be given'],
  ['Vault with Kubernetes auth without an account', kubernetes({}), 'give exactly one of serviceAccountRef and secretRef'],
  [
    'Vault with two accounts',
    kubernetes({ serviceAccountRef: { name: 'a' }, secretRef: secret }),
    'give exactly one of serviceAccountRef and secretRef',
  ],
  ['Vault with a nameless service account', kubernetes({ serviceAccountRef: { name: '' } }), 'name the service account'],
  [
    'Vault with Kubernetes auth mounted upwards',
    kubernetes({ mountPath: '..', serviceAccountRef: { name: 'a' } }),
    'mountPath may not contain a .. segment',
  ],
  ['Vault with AWS', aws({}), ok],
  ['Vault with a service account for AWS', aws({ serviceAccountRef: { name: 'a' }, iamRoleArn: 'arn:aws:iam::1:role/r' }), ok],
  ['Vault with a service account for no AWS role', aws({ serviceAccountRef: { name: 'a' } }), 'serviceAccountRef needs iamRoleArn'],
  ['Vault with a nameless service account for AWS', aws({ serviceAccountRef: { name: '' }, iamRoleArn: 'x' }), 'name the service account'],
  ['Vault with AWS mounted upwards', aws({ mountPath: '/a/../b' }), 'mountPath may not contain a .. segment'],

  ['Venafi of no kind', venafi({}), 'venafi is exactly one of tpp, cloud and ngts'],
  ['Venafi of two kinds', venafi({ ...tpp(), cloud: { apiTokenSecretRef: secret } }), 'venafi is exactly one of tpp, cloud and ngts'],
  ['Venafi without a zone', venafi({ zone: '', ...tpp() }), 'zone must be given'],
  ['TPP without a URL', venafi(tpp({ url: '' })), 'url must be given'],
  [
    'TPP with two CA bundles',
    venafi(tpp({ caBundle: pem('CERTIFICATE'), caBundleSecretRef: secret })),
    'caBundle and caBundleSecretRef exclude each other',
  ],
  ['NGTS', ngts({}), ok],
  ['NGTS without a tenant', ngts({ tsgID: '' }), 'tsgID must be given'],
  ['NGTS without credentials', ngts({ credentialsRef: { name: '' } }), 'name the Secret with the credentials'],
]

const requests: readonly Verdict[] = [
  ['a minimal CertificateRequest', certificateRequest(), ok],
  ['a CertificateRequest without a spec', { ...certificateRequest(), spec: undefined }, 'spec is needed'],
  ['a CertificateRequest without a CSR', certificateRequest({ request: '' }), 'spec.request in body should match'],
  ['a CertificateRequest with a CSR that is no PEM', certificateRequest({ request: base64('a CSR') }), 'request must be a CSR as PEM'],
  ['a CertificateRequest for longer than Go can count', certificateRequest({ duration: '9999999999h' }), 'Invalid value'],
  ['a CertificateRequest with + and / in its base64', certificateRequest({ request: withBothSymbols }), ok],
  ['a CertificateRequest whose CSR is URL-safe base64', certificateRequest({ request: 'Pj4-Pz8_' }), 'spec.request in body should match'],
  ['a CertificateRequest whose CSR is no base64', certificateRequest({ request: 'LS0tLS' }), 'spec.request in body should match'],
  ['a CertificateRequest for some days', certificateRequest({ duration: '90d' }), 'write a duration in hours, minutes and seconds'],
  [
    'a CertificateRequest to an unknown kind',
    certificateRequest({ issuerRef: { name: 'a', kind: 'StepIssuer' } }),
    'for an external issuer set group too',
  ],
]

/** Issuers, ClusterIssuers and CertificateRequests, and what the API server says to each. */
export const issuerTable: readonly Verdict[] = [...issuers, ...acmeIssuers, ...providers, ...otherIssuers, ...requests]
