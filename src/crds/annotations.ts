/** Annotation keys that users write on Ingresses, Gateways and ListenerSets, and that issued Secrets carry. */
export const annotation = {
  issuer: 'cert-manager.io/issuer',
  clusterIssuer: 'cert-manager.io/cluster-issuer',
  issuerName: 'cert-manager.io/issuer-name',
  issuerKind: 'cert-manager.io/issuer-kind',
  issuerGroup: 'cert-manager.io/issuer-group',
  certificateName: 'cert-manager.io/certificate-name',
  certificateRevision: 'cert-manager.io/certificate-revision',
  privateKeySecretName: 'cert-manager.io/private-key-secret-name',
  issueTemporaryCertificate: 'cert-manager.io/issue-temporary-certificate',

  commonName: 'cert-manager.io/common-name',
  altNames: 'cert-manager.io/alt-names',
  ipSans: 'cert-manager.io/ip-sans',
  uriSans: 'cert-manager.io/uri-sans',
  emailSans: 'cert-manager.io/email-sans',
  subjectOrganizations: 'cert-manager.io/subject-organizations',
  subjectOrganizationalUnits: 'cert-manager.io/subject-organizationalunits',
  subjectCountries: 'cert-manager.io/subject-countries',
  subjectProvinces: 'cert-manager.io/subject-provinces',
  subjectLocalities: 'cert-manager.io/subject-localities',
  subjectPostalCodes: 'cert-manager.io/subject-postalcodes',
  subjectStreetAddresses: 'cert-manager.io/subject-streetaddresses',
  subjectSerialNumber: 'cert-manager.io/subject-serialnumber',

  duration: 'cert-manager.io/duration',
  renewBefore: 'cert-manager.io/renew-before',
  renewBeforePercentage: 'cert-manager.io/renew-before-percentage',
  usages: 'cert-manager.io/usages',
  revisionHistoryLimit: 'cert-manager.io/revision-history-limit',
  privateKeyAlgorithm: 'cert-manager.io/private-key-algorithm',
  privateKeyEncoding: 'cert-manager.io/private-key-encoding',
  privateKeySize: 'cert-manager.io/private-key-size',
  privateKeyRotationPolicy: 'cert-manager.io/private-key-rotation-policy',
  secretTemplate: 'cert-manager.io/secret-template',
  ignoreTlsListeners: 'cert-manager.io/ignore-tls-listeners',

  injectCaFrom: 'cert-manager.io/inject-ca-from',
  injectCaFromSecret: 'cert-manager.io/inject-ca-from-secret',
  injectApiServerCa: 'cert-manager.io/inject-apiserver-ca',
  allowDirectInjection: 'cert-manager.io/allow-direct-injection',

  venafiCustomFields: 'venafi.cert-manager.io/custom-fields',
  venafiPickupId: 'venafi.cert-manager.io/pickup-id',

  http01EditInPlace: 'acme.cert-manager.io/http01-edit-in-place',
  http01IngressClass: 'acme.cert-manager.io/http01-ingress-class',
  http01IngressClassName: 'acme.cert-manager.io/http01-ingress-ingressclassname',
  http01OverrideIngressName: 'acme.cert-manager.io/http01-override-ingress-name',
  http01OverrideIngressClass: 'acme.cert-manager.io/http01-override-ingress-class',
  http01OverrideIngressClassName: 'acme.cert-manager.io/http01-override-ingress-ingressclassname',
  http01ParentRefName: 'acme.cert-manager.io/http01-parentrefname',
  http01ParentRefKind: 'acme.cert-manager.io/http01-parentrefkind',
  http01ParentRefNamespace: 'acme.cert-manager.io/http01-parentrefnamespace',
  http01ParentRefFallback: 'acme.cert-manager.io/http01-parentreffallback',

  /** Asks for the default issuer; on Ingresses only. */
  tlsAcme: 'kubernetes.io/tls-acme',
  ingressClass: 'kubernetes.io/ingress.class',
} as const

/** Annotation keys of our own. */
export const ownAnnotation = {
  /** `OnDelete`: the certificate is revoked when its Certificate is deleted. */
  revocationPolicy: 'certwright.dev/revocation-policy',
  /** On a Certificate: the ACME profile, instead of that of the issuer. */
  acmeProfile: 'certwright.dev/acme-profile',

  /** On an Order, written by the operator: the URL of the ACME account that it is for. */
  acmeAccount: 'certwright.dev/acme-account',

  /** On an issuer: another value than before asks for another key for its ACME account. */
  rotateAccountKey: 'certwright.dev/rotate-account-key',
  /** On an issuer: what kind of account key is made, `RS256` or `ES256`. */
  accountKeyAlgorithm: 'certwright.dev/account-key-algorithm',
  /** On an issuer: `true` deactivates its ACME account, for good. */
  deactivateAccount: 'certwright.dev/deactivate-account',
  /** On the Secret with an account key, written by the operator: which issuer asked for a rotation last, and by which value. */
  accountKeyRotations: 'certwright.dev/account-key-rotations',
  /** On the same Secret: why the last rotation came to nothing. */
  accountKeyProblem: 'certwright.dev/account-key-problem',
  /** On a solver pod, written by the operator: what it was made from. */
  solverPodHash: 'certwright.dev/solver-pod-hash',
  /** On a CA issuer or a Certificate: `true`, or over how long the reissue of all is spread; else never. */
  reissueOnCaChange: 'certwright.dev/reissue-on-ca-change',
} as const

/** Annotation keys of a Kubernetes CertificateSigningRequest that names one of our issuers as its signer. */
export const signingRequestAnnotation = {
  duration: 'experimental.cert-manager.io/request-duration',
  isCa: 'experimental.cert-manager.io/request-is-ca',
  privateKeySecretName: 'experimental.cert-manager.io/private-key-secret-name',
  venafiCustomFields: 'venafi.experimental.cert-manager.io/custom-fields',
  venafiPickupId: 'venafi.experimental.cert-manager.io/pickup-id',
} as const

/** Annotations that keep meshes, autoscalers and ingress controllers away from what a solver makes. */
export const solverAnnotations = {
  pod: { 'sidecar.istio.io/inject': 'false', 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' },
  service: { 'auth.istio.io/8089': 'NONE' },
  ingress: { 'nginx.ingress.kubernetes.io/whitelist-source-range': '0.0.0.0/0,::/0' },
} as const
