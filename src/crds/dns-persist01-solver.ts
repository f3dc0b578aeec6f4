import { object } from './schema.ts'

/** Proves control by a TXT record that stays (draft-ietf-acme-dns-persist). There is nothing to configure: nobody but a person writes it. */
export const dnsPersist01Solver = object(
  'Proves control by a TXT record that you create once; the status of the issuer says which. Needs the feature gate DNSPersist01. Not known to cert-manager.',
  {},
)
