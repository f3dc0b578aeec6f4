/** Types of conditions. */
export const conditionType = {
  ready: 'Ready',
  issuing: 'Issuing',
  approved: 'Approved',
  denied: 'Denied',
  invalidRequest: 'InvalidRequest',
  /** On a Certificate that is issued or repaired over and over, and so has to wait. */
  limited: 'certwright.dev/Limited',
  /** On an issuer with a solver `dnsPersist01`: which TXT record lets it in. */
  dnsPersist01: 'certwright.dev/DNSPersist01',
  revoked: 'Revoked',
} as const

/** Those of issuers that only we write, beside Ready. */
export const ownIssuerConditions: readonly string[] = [conditionType.dnsPersist01]

/** Types of conditions of Kubernetes CertificateSigningRequests. */
export const signingRequestCondition = { approved: 'Approved', denied: 'Denied', failed: 'Failed' } as const

/** Reasons of a Certificate's Ready and Issuing conditions. Most say why it must be issued (again). */
export const certificateReason = {
  ready: 'Ready',
  doesNotExist: 'DoesNotExist',
  missingData: 'MissingData',
  invalidKeyPair: 'InvalidKeyPair',
  invalidCertificate: 'InvalidCertificate',
  invalidCertificateRequest: 'InvalidCertificateRequest',
  secretMismatch: 'SecretMismatch',
  incorrectIssuer: 'IncorrectIssuer',
  incorrectCertificate: 'IncorrectCertificate',
  requestChanged: 'RequestChanged',
  renewing: 'Renewing',
  /** Asked for by a CertificateRevocation; with the second, the private key is changed whatever the rotation policy says. */
  revoking: 'Revoking',
  keyCompromised: 'KeyCompromised',
  /** Of our own: the CA of the issuer is another one now. */
  caChanged: 'CAChanged',
  expired: 'Expired',
  windowError: 'WindowError',
  issuanceLimited: 'IssuanceLimited',
  repairLimited: 'RepairLimited',
  manuallyTriggered: 'ManuallyTriggered',
  issued: 'Issued',
  failed: 'Failed',
  denied: 'Denied',
  invalidRequest: 'InvalidRequest',

  secretManagedMetadataMismatch: 'SecretManagedMetadataMismatch',
  secretTemplateMismatch: 'SecretTemplateMismatch',
  managedFieldsParseError: 'ManagedFieldsParseError',
  additionalOutputFormatsMismatch: 'AdditionalOutputFormatsMismatch',
  secretOwnerRefMismatch: 'SecretOwnerRefMismatch',
} as const

/** Reasons of a CertificateRequest's conditions. */
export const requestReason = {
  pending: 'Pending',
  failed: 'Failed',
  issued: 'Issued',
  denied: 'Denied',
  /** Approved by the operator itself. */
  approvedByOperator: 'cert-manager.io',
} as const

/** Reasons of an Issuer's or ClusterIssuer's Ready condition. */
export const issuerReason = {
  accountRegistered: 'ACMEAccountRegistered',
  accountVerified: 'ACMEAccountVerified',
  registerAccountFailed: 'ErrRegisterACMEAccount',
  verifyAccountFailed: 'ErrVerifyACMEAccount',
  updateAccountFailed: 'ErrUpdateACMEAccount',
  invalidConfig: 'InvalidConfig',
  invalidUrl: 'InvalidURL',
  invalidSolver: 'InvalidSolver',
  keyPairVerified: 'KeyPairVerified',
  getKeyPairFailed: 'ErrGetKeyPair',
  invalidKeyPair: 'ErrInvalidKeyPair',
  vaultVerified: 'VaultVerified',
  vaultError: 'VaultError',
  isReady: 'IsReady',
  venafiStarted: 'Certificate Manager issuer started',
  authFailed: 'AuthFailed',
  setupFailed: 'ErrorSetup',
  initFailed: 'ErrInitIssuer',
} as const

/** Reasons of the condition that tells which TXT record DNS-PERSIST-01 needs; of our own. */
export const persistentRecordReason = {
  recordKnown: 'RecordKnown',
  recordUnknown: 'RecordUnknown',
  gateOff: 'FeatureGateOff',
} as const

/** Reasons of Events about Certificates, besides the condition reasons. */
export const certificateEvent = {
  issuing: 'Issuing',
  reused: 'Reused',
  generated: 'Generated',
  requested: 'Requested',
  deleted: 'Deleted',
  decodeFailed: 'DecodeFailed',
  cannotRegenerateKey: 'CannotRegenerateKey',
  requestFailed: 'RequestFailed',
  keystorePasswordSecretNotFound: 'KeystorePasswordSecretNotFound',
  windowError: 'WindowError',
  ariError: 'ARIError',
} as const

/** Reasons of Events about CertificateRequests: a wait, a failure for good, or a success. */
export const requestEvent = {
  waitingForApproval: 'WaitingForApproval',
  /** An issuer of the pool was passed over. */
  failedOver: 'FailedOver',
  poolExhausted: 'PoolExhausted',
  approvedByOperator: 'cert-manager.io',
  certificateIssued: 'CertificateIssued',

  issuerNotFound: 'IssuerNotFound',
  issuerTypeMissing: 'IssuerTypeMissing',
  issuerNotReady: 'IssuerNotReady',
  orderCreated: 'OrderCreated',
  orderCreatingError: 'OrderCreatingError',
  orderGetError: 'OrderGetError',
  orderPending: 'OrderPending',
  secretMissing: 'SecretMissing',
  secretInvalidData: 'SecretInvalidData',
  secretGetError: 'SecretGetError',
  missingSecret: 'MissingSecret',
  errorParsingKey: 'ErrorParsingKey',
  errorGettingSecret: 'ErrorGettingSecret',
  vaultInitError: 'VaultInitError',
  venafiInitError: 'VenafiInitError',
  issuancePending: 'IssuancePending',

  decodeError: 'DecodeError',
  requestParsingError: 'RequestParsingError',
  invalidOrder: 'InvalidOrder',
  orderBuildingError: 'OrderBuildingError',
  orderFailed: 'OrderFailed',
  signingError: 'SigningError',
  missingAnnotation: 'MissingAnnotation',
  errorGenerating: 'ErrorGenerating',
  errorPublicKey: 'ErrorPublicKey',
  errorKeyMatch: 'ErrorKeyMatch',
  errorSigning: 'ErrorSigning',
  customFieldsError: 'CustomFieldsError',
  requestError: 'RequestError',
  retrieveError: 'RetrieveError',
  parseError: 'ParseError',
  badConfig: 'BadConfig',
} as const

/** Reasons of an IssuerPool's Ready condition, and of Events about it. */
export const poolReason = {
  isReady: 'IsReady',
  noIssuerReady: 'NoIssuerReady',
  heldDown: 'HeldDown',
  notReady: 'NotReady',
  cameBack: 'CameBack',
} as const

/** Reasons of a CertificateRevocation's Revoked condition, and of Events about it and about Certificates that are revoked with their deletion. */
export const revocationReason = {
  revoked: 'Revoked',
  pending: 'Pending',
  certificateNotFound: 'CertificateNotFound',
  reissuing: 'Reissuing',
  issuerNotReady: 'IssuerNotReady',
  caUnavailable: 'CAUnavailable',
  unsupported: 'Unsupported',
  refused: 'Refused',
  notRevoked: 'NotRevoked',
} as const

/** Reasons of Events about Orders. */
export const orderEvent = { solver: 'Solver', created: 'Created', complete: 'Complete' } as const

/** Reasons of Events about Challenges. */
export const challengeEvent = {
  started: 'Started',
  presented: 'Presented',
  domainVerified: 'DomainVerified',
  presentError: 'PresentError',
  cleanUpError: 'CleanUpError',
  failed: 'Failed',
} as const

/** Reasons of Events about Issuers and ClusterIssuers, besides the condition reasons. */
export const issuerEvent = { ready: 'Ready' } as const

/** Reasons of Events about Ingresses, Gateways and ListenerSets. */
export const shimEvent = {
  badConfig: 'BadConfig',
  createCertificate: 'CreateCertificate',
  updateCertificate: 'UpdateCertificate',
  deleteCertificate: 'DeleteCertificate',
  certificateFailed: 'CertificateFailed',
} as const

/** Reasons of Events about Kubernetes CertificateSigningRequests. */
export const signingRequestEvent = {
  waitingApproval: 'WaitingApproval',
  issuerNotFound: 'IssuerNotFound',
  issuerTypeMissing: 'IssuerTypeMissing',
  issuerNotReady: 'IssuerNotReady',
  deniedReference: 'DeniedReference',
  errorParseDuration: 'ErrorParseDuration',
  invalidDuration: 'InvalidDuration',
  orderCreated: 'OrderCreated',
  orderPending: 'OrderPending',
  orderFailed: 'OrderFailed',
  orderBadCertificate: 'OrderBadCertificate',
  orderBuildingError: 'OrderBuildingError',
  requestParsingError: 'RequestParsingError',
  invalidOrder: 'InvalidOrder',
  secretMissing: 'SecretMissing',
  secretNotFound: 'SecretNotFound',
  secretInvalidData: 'SecretInvalidData',
  secretGetError: 'SecretGetError',
  signingError: 'SigningError',
  errorSigning: 'ErrorSigning',
  errorUpdate: 'ErrorUpdate',
  errorVaultInit: 'ErrorVaultInit',
  errorVenafiInit: 'ErrorVenafiInit',
  errorCustomFields: 'ErrorCustomFields',
  errorRequest: 'ErrorRequest',
  issuancePending: 'IssuancePending',
  retrieveCertificateTimeout: 'RetrieveCertificateTimeout',
  errorRetrieve: 'ErrorRetrieve',
  errorParse: 'ErrorParse',
  missingAnnotation: 'MissingAnnotation',
  errorParsingKey: 'ErrorParsingKey',
  errorGettingSecret: 'ErrorGettingSecret',
  errorGenerating: 'ErrorGenerating',
  errorPublicKey: 'ErrorPublicKey',
  errorKeyMatch: 'ErrorKeyMatch',
  certificateIssued: 'CertificateIssued',
  certificateOutlivesCa: 'CertificateOutlivesCA',
} as const

/** Reasons of Events about what a CA is injected into: webhook configurations, APIServices and CRDs. */
export const injectionEvent = {
  injected: 'CAInjected',
  /** The Certificate is not issued yet. */
  waiting: 'WaitingForCA',
  invalidAnnotation: 'InvalidAnnotation',
  sourceNotFound: 'CASourceNotFound',
  sourceNotAllowed: 'CASourceNotAllowed',
  invalidCa: 'InvalidCA',
  /** The API server does not take the object with the CA in it. */
  refused: 'CAInjectionRefused',
  /** Somebody else takes the CA out again and again. */
  contested: 'CAContested',
} as const
