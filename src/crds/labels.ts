/** Label keys that clients select by. */
export const label = {
  /** `true` on every Secret that is cached in full: ours, and those that users mark. */
  managedSecret: 'controller.cert-manager.io/fao',
  /** `true` on the Secret that holds the private key of an issuance under way. */
  nextPrivateKey: 'cert-manager.io/next-private-key',
  /** `true` on everything in the cluster that solves an HTTP-01 or TLS-ALPN-01 challenge. */
  http01Solver: 'acme.cert-manager.io/http01-solver',
  /** Adler-32 of the domain, in decimal. */
  http01Domain: 'acme.cert-manager.io/http-domain',
  /** Adler-32 of the token, in decimal. */
  http01Token: 'acme.cert-manager.io/http-token',
  /** `true` on a Namespace whose objects the incumbent's webhook leaves alone. */
  disableValidation: 'cert-manager.io/disable-validation',
  managedBy: 'app.kubernetes.io/managed-by',
  /** Not copied from an Ingress to its Certificate: kubectl would prune the copy. */
  applySet: 'applyset.kubernetes.io/part-of',
} as const

/** Finalizers of Challenges, of which the old one is no longer set, but still removed; and of Certificates. */
export const finalizer = {
  acme: 'acme.cert-manager.io/finalizer',
  acmeBefore: 'finalizer.acme.cert-manager.io',
  /** On a Certificate whose certificate is to be revoked before it goes. */
  revocation: 'certwright.dev/revocation',
} as const
