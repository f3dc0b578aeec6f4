import { AcmeError, verdictOf } from '../../acme/acme-error.ts'
import type { AcmeClient } from '../../acme/client.ts'
import type { Directory } from '../../acme/directory.ts'
import type { AcmeOrder, NewOrder } from '../../acme/order.ts'
import type { Order } from '../../crds/order.ts'
import { parseGoDuration } from '../../lib/go-duration.ts'
import type { Instant } from '../../lib/instant.ts'
import { plus } from '../../lib/instant.ts'
import { orderedIdentifiers } from './ordered-identifiers.ts'

export type NewOrderInput = { readonly kind: 'ok'; readonly order: NewOrder } | { readonly kind: 'impossible'; readonly why: string }

/** What is ordered at a CA with this directory; `impossible` names the profile that it does not offer. */
export function newOrderInput({ spec }: Order, { profiles, renewalInfo }: Directory, now: Instant): NewOrderInput {
  const { profile = '', replaces = '' } = spec
  if (profile !== '' && !Object.hasOwn(profiles, profile))
    return { kind: 'impossible', why: unknownProfile(profile, Object.keys(profiles)) }

  const milliseconds = spec.duration === undefined ? undefined : parseGoDuration(spec.duration)
  const identifiers = orderedIdentifiers(spec)
  const chosen = profile === '' && identifiers.some(({ type }) => type === 'ip') ? profileForAddresses(profiles) : profile
  return {
    kind: 'ok',
    order: {
      identifiers,
      ...(milliseconds === undefined ? {} : { notAfter: plus(now, milliseconds) }),
      ...(chosen === '' ? {} : { profile: chosen }),
      // Known only to CAs with renewal information (RFC 9773 §5).
      ...(replaces === '' || renewalInfo === undefined ? {} : { replaces }),
    },
  }
}

/** Creates the order at the CA. That it does not like what is to be replaced is no reason not to issue. `failures`: of the same, in a row. */
export async function newOrder(client: AcmeClient, input: NewOrder, failures: number, signal: AbortSignal): Promise<AcmeOrder> {
  try {
    return await client.createOrder(input, signal)
  } catch (error) {
    if (input.replaces === undefined || !(error instanceof AcmeError) || !mayBeAboutReplaces(error, failures)) throw error
    const { replaces: _replaces, ...withoutReplaces } = input
    return client.createOrder(withoutReplaces, signal)
  }
}

/**
 * Whether a refused order may be worth another try without `replaces`. CAs refuse a predecessor that has its successor by `alreadyReplaced` or
 * 409, one that is another account's by `unauthorized`, and one that they do not know or that has other names by `malformed`, with or without
 * 404. Pebble, and what is made of it, has `serverInternal` for the last two, which is an outage when it passes.
 */
export function mayBeAboutReplaces(error: AcmeError, failures: number): boolean {
  if (error.code === 'acme/serverInternal') return error.problem !== undefined && failures > 0
  const verdict = verdictOf(error)
  if (verdict === 'already-replaced' || verdict === 'unknown-order') return true
  return verdict === 'refused' && (error.httpStatus === 409 || error.code === 'acme/malformed' || error.code === 'acme/unauthorized')
}

/** Where nothing else is said. Let's Encrypt certifies IP addresses by this profile only; a CA without one of that name decides itself. */
function profileForAddresses(profiles: Directory['profiles']): string {
  return Object.hasOwn(profiles, 'shortlived') ? 'shortlived' : ''
}

/** The words up to the profile are those by which clients of the API know these failures. */
function unknownProfile(profile: string, offered: readonly string[]): string {
  const failure = 'Failed to create Order: acme: certificate authority does not'
  if (offered.length === 0) return `${failure} support profiles, so that there is no ${profile}`
  return `${failure} advertise a profile with name ${profile}; it has ${offered.slice(0, 20).join(', ')}`
}
