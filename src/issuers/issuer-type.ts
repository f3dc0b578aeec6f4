import type { IssuerSpec } from '../crds/issuer.ts'

export const issuerTypes = ['acme', 'ca', 'selfSigned', 'vault', 'venafi'] as const
export type IssuerType = (typeof issuerTypes)[number]

/** Which of its types an issuer is; undefined when its spec names none (the API server refuses two). */
export function issuerTypeOf(spec: IssuerSpec): IssuerType | undefined {
  return issuerTypes.find((type) => spec[type] !== undefined)
}
