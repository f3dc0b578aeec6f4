import type { AcmeIssuer } from '../../crds/issuer.ts'

/** Whether the CA of an issuer is to be asked when to renew (ARI, RFC 9773): yes, unless the issuer says no. */
export function usesRenewalInformation({ renewalInformationSource }: AcmeIssuer): boolean {
  return renewalInformationSource !== 'None'
}
