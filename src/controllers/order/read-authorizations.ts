import type { Authorization, AuthorizationStatus } from '../../acme/authorization.ts'
import type { AcmeClient } from '../../acme/client.ts'
import type { AcmeState, Order, OrderAuthorization } from '../../crds/order.ts'

/** The authorizations of an Order's status with everything that the CA says about them. Those read before are not asked for again. */
export async function readAuthorizations(
  client: AcmeClient,
  { status }: Order,
  signal: AbortSignal,
): Promise<readonly OrderAuthorization[]> {
  const listed = status?.authorizations ?? []
  const all = listed.length > 0 ? listed : (await client.order(status?.url ?? '', signal)).authorizations.map((url) => ({ url }))
  return Promise.all(
    all.map(async (authorization: OrderAuthorization) =>
      authorization.identifier === undefined || authorization.identifier === ''
        ? recorded(authorization.url, await client.authorization(authorization.url, signal))
        : authorization,
    ),
  )
}

function recorded(url: string, authorization: Authorization): OrderAuthorization {
  return {
    url,
    identifier: authorization.identifier.value,
    wildcard: authorization.wildcard,
    initialState: initialStates[authorization.status],
    challenges: authorization.challenges.map((challenge) => ({ url: challenge.url, token: challenge.token, type: challenge.type })),
  }
}

/** The API knows fewer states than RFC 8555 §7.1.6; a lost authorization is an invalid one to us. */
const initialStates: Readonly<Record<AuthorizationStatus, AcmeState>> = {
  pending: 'pending',
  valid: 'valid',
  invalid: 'invalid',
  deactivated: 'invalid',
  expired: 'expired',
  revoked: 'invalid',
}
