import { isIP } from 'node:net'
import { identifiersOf, isSameIdentifier } from '../../acme/identifier.ts'
import type { Identifier } from '../../acme/identifier.ts'
import type { OrderSpec } from '../../crds/order.ts'

/** What an Order asks a certificate for. */
export function orderedIdentifiers({ commonName = '', dnsNames = [], ipAddresses = [] }: OrderSpec): readonly Identifier[] {
  return identifiersOf({
    dnsNames: isDnsName(commonName) ? [commonName, ...dnsNames] : dnsNames,
    ipAddresses: isIP(commonName) === 0 ? ipAddresses : [commonName, ...ipAddresses],
  })
}

/** Whether an authorization with this identifier, a wildcard's without its `*.`, belongs to what an Order asks for. */
export function isOrdered(spec: OrderSpec, value: string): boolean {
  const wanted: Identifier = { type: isIP(value) === 0 ? 'dns' : 'ip', value }
  return orderedIdentifiers(spec).some((identifier) =>
    isSameIdentifier({ ...identifier, value: identifier.value.replace(/^\*\./, '') }, wanted),
  )
}

/** A common name that is no DNS name ("My Service") cannot be ordered; the names beside it can. */
function isDnsName(name: string): boolean {
  return isIP(name) === 0 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/i.test(name)
}
