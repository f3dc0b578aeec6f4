import type { AcmeChallenge, Authorization, AuthorizationStatus } from '../../acme/authorization.ts'
import type { AcmeClient } from '../../acme/client.ts'
import type { Directory } from '../../acme/directory.ts'
import { offerOfChallenge } from '../../acme/persistent-offer.ts'
import type { AcmeState, Order, OrderAuthorization, OrderChallenge } from '../../crds/order.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'

/** The authorizations of an Order's status with everything that the CA says about them. Those read before are not asked for again. */
export async function readAuthorizations(
  { client, issuer }: { readonly client: AcmeClient; readonly issuer: AnyIssuer },
  { status }: Order,
  signal: AbortSignal,
): Promise<readonly OrderAuthorization[]> {
  const listed = status?.authorizations ?? []
  const all = listed.length > 0 ? listed : (await client.order(status?.url ?? '', signal)).authorizations.map((url) => ({ url }))
  const account = { url: issuer.status?.acme?.uri ?? '', server: issuer.spec.acme?.server ?? '' }
  const ca: Ca = { directory: await client.directory(signal), account }
  return Promise.all(
    all.map(async (authorization: OrderAuthorization) =>
      authorization.identifier === undefined || authorization.identifier === ''
        ? recorded(authorization.url, await client.authorization(authorization.url, signal), ca)
        : authorization,
    ),
  )
}

interface Ca {
  readonly directory: Directory
  readonly account: { readonly url: string; readonly server: string }
}

function recorded(url: string, authorization: Authorization, ca: Ca): OrderAuthorization {
  return {
    url,
    identifier: authorization.identifier.value,
    wildcard: authorization.wildcard,
    initialState: initialStates[authorization.status],
    challenges: authorization.challenges.map((challenge) => recordedChallenge(challenge, ca)),
  }
}

function recordedChallenge(challenge: AcmeChallenge, { directory, account }: Ca): OrderChallenge {
  const { url, token, type } = challenge
  return { url, token, type, ...offerOfChallenge(challenge, directory, account) }
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
