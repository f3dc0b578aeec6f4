import { isIP } from 'node:net'

import { AcmeError, verdictOf } from '../../acme/acme-error.ts'
import type { AcmeClient } from '../../acme/client.ts'
import { identifiersOf } from '../../acme/identifier.ts'
import type { AcmeOrder, NewOrder } from '../../acme/order.ts'
import type { Order } from '../../crds/order.ts'
import { parseGoDuration } from '../../lib/go-duration.ts'
import type { Instant } from '../../lib/instant.ts'
import { plus } from '../../lib/instant.ts'

/** Why the CA cannot issue by the profile of this Order; undefined when it can or none is asked for. */
export async function profileProblem(client: AcmeClient, { spec }: Order, signal: AbortSignal): Promise<string | undefined> {
  if (spec.profile === undefined || spec.profile === '') return undefined
  const offered = Object.keys((await client.directory(signal)).profiles)
  if (offered.includes(spec.profile)) return undefined
  const choice = offered.length === 0 ? 'it has no profiles at all' : `it has ${offered.slice(0, 20).join(', ')}`
  return `Failed to create the order at the CA: it does not offer the profile ${spec.profile}; ${choice}`
}

/** Creates the order at the CA. A certificate that has its successor already is no reason not to issue. */
export async function newOrderFor(client: AcmeClient, order: Order, now: Instant, signal: AbortSignal): Promise<AcmeOrder> {
  const input = inputFor(order, now)
  try {
    return await client.createOrder(input, signal)
  } catch (error) {
    if (!(error instanceof AcmeError) || verdictOf(error) !== 'already-replaced') throw error
    const { replaces: _replaces, ...withoutReplaces } = input
    return client.createOrder(withoutReplaces, signal)
  }
}

function inputFor({ spec }: Order, now: Instant): NewOrder {
  const { commonName = '', dnsNames = [], ipAddresses = [], profile = '', replaces = '' } = spec
  const milliseconds = spec.duration === undefined ? undefined : parseGoDuration(spec.duration)
  return {
    identifiers: identifiersOf({
      dnsNames: isDnsName(commonName) ? [commonName, ...dnsNames] : dnsNames,
      ipAddresses: isIP(commonName) === 0 ? ipAddresses : [commonName, ...ipAddresses],
    }),
    ...(milliseconds === undefined ? {} : { notAfter: plus(now, milliseconds) }),
    ...(profile === '' ? {} : { profile }),
    ...(replaces === '' ? {} : { replaces }),
  }
}

/** A common name that is no DNS name ("My Service") cannot be ordered; the names beside it can. */
function isDnsName(name: string): boolean {
  return isIP(name) === 0 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/i.test(name)
}
