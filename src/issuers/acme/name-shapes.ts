import type { GoField, GoShape, GoStruct } from '../../lib/go-json.ts'

// The field order of cert-manager's Go types: object names are hashes of their JSON, so the order is part of the API.

const value: GoShape = { kind: 'value' }
const field = (name: string, shape: GoShape = value): GoField => ({ name, shape })
const always = (name: string, zero: unknown = '', shape: GoShape = value): GoField => ({ name, shape, zero })
const pointer = (name: string): GoField => ({ name, shape: value, isPointer: true })
const struct = (...fields: readonly GoField[]): GoStruct => ({ kind: 'struct', fields })
const list = (of: GoShape): GoShape => ({ kind: 'list', of })

const issuerRef = struct(always('name'), field('kind'), field('group'))
const secretKey = struct(always('name'), field('key'))
const objectMeta = struct(field('annotations'), field('labels'))

/** Order.spec. The request is nil while the name is computed. */
export const orderSpecShape = struct(
  always('request', null),
  always('issuerRef', {}, issuerRef),
  field('commonName'),
  field('dnsNames'),
  field('ipAddresses'),
  field('duration'),
  field('profile'),
  field('replaces'),
)

/** What is hashed when the CertificateRequest's name does not fit into the Order's whole. */
export const orderOfLongNameShape = struct(always('certificateRequestName'), always('spec', {}, orderSpecShape))

/** The same for a Kubernetes CertificateSigningRequest. */
export const orderOfLongSigningRequestNameShape = struct(always('certificateSigningRequestName'), always('spec', {}, orderSpecShape))

const securityContext = struct(
  field('seLinuxOptions', struct(field('user'), field('role'), field('type'), field('level'))),
  pointer('runAsUser'),
  pointer('runAsGroup'),
  pointer('runAsNonRoot'),
  field('supplementalGroups'),
  pointer('fsGroup'),
  field('sysctls', list(struct(always('name'), always('value')))),
  pointer('fsGroupChangePolicy'),
  field('seccompProfile', struct(always('type'), pointer('localhostProfile'))),
)

const toleration = struct(field('key'), field('operator'), field('value'), field('effect'), pointer('tolerationSeconds'))

const podSpec = struct(
  field('nodeSelector'),
  field('affinity', struct(field('nodeAffinity'), field('podAffinity'), field('podAntiAffinity'))),
  field('tolerations', list(toleration)),
  field('priorityClassName'),
  field('serviceAccountName'),
  field('imagePullSecrets', list(struct(field('name')))),
  field('securityContext', securityContext),
  field('resources', struct(field('limits'), field('requests'))),
)

const podTemplate = struct(always('metadata', {}, objectMeta), always('spec', {}, podSpec))

const ingress = struct(
  field('serviceType'),
  pointer('ingressClassName'),
  pointer('class'),
  field('name'),
  field('podTemplate', podTemplate),
  field('ingressTemplate', struct(always('metadata', {}, objectMeta))),
)

const parentRef = struct(pointer('group'), pointer('kind'), pointer('namespace'), always('name'), pointer('sectionName'), pointer('port'))

const gatewayRoute = struct(field('serviceType'), field('labels'), field('parentRefs', list(parentRef)), field('podTemplate', podTemplate))

const serviceAccountAuth = struct(
  always('kubernetes', null, struct(always('serviceAccountRef', null, struct(always('name'), field('audiences'))))),
)

const dns01 = struct(
  field('cnameStrategy'),
  field('nameservers'),
  field(
    'akamai',
    struct(
      always('serviceConsumerDomain'),
      always('clientTokenSecretRef', {}, secretKey),
      always('clientSecretSecretRef', {}, secretKey),
      always('accessTokenSecretRef', {}, secretKey),
    ),
  ),
  field('cloudDNS', struct(field('serviceAccountSecretRef', secretKey), always('project'), field('hostedZoneName'))),
  field('cloudflare', struct(field('email'), field('apiKeySecretRef', secretKey), field('apiTokenSecretRef', secretKey))),
  field(
    'route53',
    struct(
      field('auth', serviceAccountAuth),
      field('accessKeyID'),
      field('accessKeyIDSecretRef', secretKey),
      always('secretAccessKeySecretRef', {}, secretKey),
      field('role'),
      field('hostedZoneID'),
      field('region'),
    ),
  ),
  field(
    'azureDNS',
    struct(
      field('clientID'),
      field('clientSecretSecretRef', secretKey),
      always('subscriptionID'),
      field('tenantID'),
      always('resourceGroupName'),
      field('hostedZoneName'),
      field('environment'),
      field('managedIdentity', struct(field('clientID'), field('resourceID'), field('tenantID'))),
      field('zoneType'),
    ),
  ),
  field('digitalocean', struct(always('tokenSecretRef', {}, secretKey))),
  field('acmeDNS', struct(always('host'), always('accountSecretRef', {}, secretKey))),
  field(
    'rfc2136',
    struct(
      always('nameserver'),
      always('tsigSecretSecretRef', {}, secretKey),
      field('tsigKeyName'),
      field('tsigAlgorithm'),
      field('protocol'),
    ),
  ),
  field('webhook', struct(always('groupName'), always('solverName'), field('config'))),
)

const solver = struct(
  field('selector', struct(field('matchLabels'), field('dnsNames'), field('dnsZones'))),
  field('http01', struct(field('ingress', ingress), field('gatewayHTTPRoute', gatewayRoute))),
  field('dns01', dns01),
  // Ours: cert-manager has nothing to compare a name with.
  field('tlsALPN01'),
  field('dnsPersist01'),
  pointer('waitInsteadOfSelfCheck'),
)

/** Challenge.spec. The key is still empty while the name is computed. */
export const challengeSpecShape = struct(
  always('url'),
  always('authorizationURL'),
  always('dnsName'),
  always('wildcard', false),
  always('type'),
  always('token'),
  always('key'),
  always('solver', {}, solver),
  always('issuerRef', {}, issuerRef),
)
