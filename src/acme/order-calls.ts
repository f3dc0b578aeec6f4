import { toRfc3339 } from '../lib/instant.ts'
import { AcmeError } from './acme-error.ts'
import { parseAuthorization, parseChallenge } from './authorization.ts'
import type { AcmeChallenge, Authorization } from './authorization.ts'
import type { AcmeClient } from './client.ts'
import { parseJson } from './json.ts'
import { parseOrder } from './order.ts'
import type { AcmeOrder, NewOrder } from './order.ts'
import { headerOf, retryAfterOf } from './refusal.ts'
import type { Session, SignedRequest } from './session.ts'
import type { AcmeReply } from './transport.ts'

type OrderCalls = Pick<
  AcmeClient,
  'createOrder' | 'order' | 'finalize' | 'authorization' | 'deactivateAuthorization' | 'challenge' | 'acceptChallenge'
>

/** The calls from the order to the finished validation (RFC 8555 §7.4, §7.5). */
export function orderCalls(session: Session): OrderCalls {
  const authorization = async (request: SignedRequest, signal: AbortSignal): Promise<Authorization> =>
    authorizationOf(await session.post(request, signal), request.url, session)
  const challenge = async (request: SignedRequest, signal: AbortSignal): Promise<AcmeChallenge> =>
    challengeOf(await session.post(request, signal), session)
  return {
    createOrder: async (input, signal) => {
      const { newOrder } = await session.directory(signal)
      const reply = await session.post({ action: 'authorize_order', url: newOrder, payload: orderPayload(input) }, signal)
      const url = headerOf(reply, 'location')
      if (url === undefined) throw new AcmeError('acme/protocol', 'the ACME server did not say where the order is')
      return orderOf(reply, url, session)
    },
    order: async (url, signal) => orderOf(await session.post({ action: 'get_order', url }, signal), url, session),
    finalize: async (order, csrDer, signal) => {
      const payload = { csr: Buffer.from(csrDer).toString('base64url') }
      return orderOf(await session.post({ action: 'create_order_cert', url: order.finalize, payload }, signal), order.url, session)
    },
    authorization: (url, signal) => authorization({ action: 'get_authorization', url }, signal),
    deactivateAuthorization: (url, signal) =>
      authorization({ action: 'deactivate_authorization', url, payload: { status: 'deactivated' } }, signal),
    challenge: (url, signal) => challenge({ action: 'get_challenge', url }, signal),
    // RFC 8555 §7.5.1: an empty object, not an empty payload, which would only read.
    acceptChallenge: (url, signal) => challenge({ action: 'accept_challenge', url, payload: {} }, signal),
  }
}

function orderPayload(input: NewOrder): object {
  return {
    identifiers: input.identifiers,
    ...(input.notAfter === undefined ? {} : { notAfter: toRfc3339(input.notAfter) }),
    ...(input.profile === undefined ? {} : { profile: input.profile }),
    ...(input.replaces === undefined ? {} : { replaces: input.replaces }),
  }
}

function orderOf(reply: AcmeReply, url: string, { clock }: Session): AcmeOrder {
  const order = parseOrder(parseJson(reply.body), { url, retryAfter: retryAfterOf(reply, clock.now()) })
  if (order === undefined) throw new AcmeError('acme/protocol', 'the answer is not an ACME order')
  return order
}

function authorizationOf(reply: AcmeReply, url: string, { clock }: Session): Authorization {
  const authorization = parseAuthorization(parseJson(reply.body), { url, retryAfter: retryAfterOf(reply, clock.now()) })
  if (authorization === undefined) throw new AcmeError('acme/protocol', 'the answer is not an ACME authorization')
  return authorization
}

function challengeOf(reply: AcmeReply, { clock }: Session): AcmeChallenge {
  const challenge = parseChallenge(parseJson(reply.body), retryAfterOf(reply, clock.now()))
  if (challenge === undefined) throw new AcmeError('acme/protocol', 'the answer is not an ACME challenge')
  return challenge
}
