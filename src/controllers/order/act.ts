import { AcmeError } from '../../acme/acme-error.ts'
import type { AcmeClient } from '../../acme/client.ts'
import type { AcmeOrder } from '../../acme/order.ts'
import { orderEvent } from '../../crds/reasons.ts'
import type { FoundIssuer } from '../../issuers/acme/find-issuer.ts'
import { limitReason, readWaitReason } from '../../issuers/acme/order-wait.ts'
import { pollAt } from '../../issuers/acme/poll-delay.ts'
import { assertNever } from '../../lib/assert-never.ts'
import type { Instant } from '../../lib/instant.ts'
import { createChallenge, deleteChallenge } from './challenge-writes.ts'
import type { Action } from './decide.ts'
import type { OrderEffects } from './effects.ts'
import { fail, write } from './effects.ts'
import { newOrder, newOrderInput } from './new-order.ts'
import { preferredChain } from './preferred-chain.ts'
import { readAuthorizations } from './read-authorizations.ts'
import type { CaAction } from './settle.ts'
import { finalizedInVain, settle } from './settle.ts'
import type { World } from './world.ts'

/** One effect. What the CA answers is written to the Order or remembered; a refusal becomes the Order's failure. */
export async function act(effects: OrderEffects, action: Action, world: World, signal: AbortSignal): Promise<void> {
  switch (action.do) {
    case 'record-order':
      return recordOrder(effects, world, signal)
    case 'show-processing':
      return write(effects, world, { state: 'processing' }, signal)
    case 'fail':
      return fail(effects, action, world, signal)
    case 'delete-challenge':
      return deleteChallenge(effects, action, world, signal)
    case 'create-challenge':
    case 'create-order':
    case 'read-authorizations':
    case 'read-order':
    case 'finalize':
    case 'store-certificate':
      return withCa(effects, action, world, signal)
    default:
      return assertNever(action)
  }
}

async function withCa(effects: OrderEffects, action: CaAction, world: World, signal: AbortSignal): Promise<void> {
  const found = effects.issuerOf(world)
  if (found.kind === 'missing') return
  const client = await effects.clients.for(found.issuer, signal)
  const ca: Ca = { client, ...found }
  try {
    await ask(effects, action, { ca, world }, signal)
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error
    effects.doubts.weigh(found.issuer, error)
    await settle(effects, action, { error, world }, signal)
  }
}

interface Ca extends Pick<Extract<FoundIssuer, { kind: 'ok' }>, 'issuer' | 'acme'> {
  readonly client: AcmeClient
}

async function ask(
  effects: OrderEffects,
  action: CaAction,
  { ca, world }: { readonly ca: Ca; readonly world: World },
  signal: AbortSignal,
): Promise<void> {
  const { url = '' } = world.order.status ?? {}
  switch (action.do) {
    case 'create-order':
      return createOrder(effects, ca, world, signal)
    case 'read-authorizations':
      return write(effects, world, { authorizations: await readAuthorizations(ca, world.order, signal) }, signal)
    case 'create-challenge':
      return createChallenge(effects, action, { ...ca, world }, signal)
    case 'read-order':
      return see(effects, world, await ca.client.order(url, signal), signal)
    case 'finalize':
      return finalize(effects, ca, world, signal)
    case 'store-certificate': {
      const chain = await preferredChain(ca.client, action.url, ca.acme.preferredChain, signal)
      await write(effects, world, { certificate: Buffer.from(chain).toString('base64'), state: 'valid' }, signal)
      effects.pacing.ended(world.order, 'issued')
      return effects.events.record(world.order, {
        type: 'Normal',
        reason: orderEvent.complete,
        message: 'The order is complete, the certificate is issued',
      })
    }
  }
}

async function createOrder(effects: OrderEffects, { client, issuer }: Ca, world: World, signal: AbortSignal): Promise<void> {
  const input = newOrderInput(world.order, await client.directory(signal), effects.clock.now())
  if (input.kind === 'impossible') return fail(effects, { state: 'errored', reason: input.why, isSolverProblem: false }, world, signal)
  const admission = effects.pacing.admit(world.order)
  if (admission.kind === 'wait') return keepAway(effects, admission, world, signal)
  const { failed } = world.memory
  const failures = failed?.action === 'create-order' ? failed.times : 0
  const order = await effects.pacing.place(world.order, () => newOrder(client, input.order, failures, signal))
  effects.doubts.served(issuer)
  const memory = { seen: { order, at: effects.clock.now() } }
  effects.remember(world, memory)
  // The very next write: without the URL the order would be lost and another one be made.
  return recordOrder(effects, { ...world, memory }, signal)
}

/** The order is not placed yet, so that it does not run into the limits of the CA. */
function keepAway(
  effects: OrderEffects,
  { until, why }: { readonly until: Instant; readonly why: string },
  world: World,
  signal: AbortSignal,
): Promise<void> {
  const reason = limitReason(why, until)
  effects.remember(world, { ...world.memory, wait: { until, attempts: 0, why: reason } })
  return write(effects, world, { reason }, signal)
}

function recordOrder(effects: OrderEffects, world: World, signal: AbortSignal): Promise<void> {
  const order = world.memory.seen?.order
  if (order === undefined) return Promise.resolve()
  const { url, finalize, status } = order
  return write(
    effects,
    world,
    { url, finalizeURL: finalize, state: status, authorizations: order.authorizations.map((authorization) => ({ url: authorization })) },
    signal,
  )
}

/** Remembers what the CA showed, and when it is worth asking again if that is not the end of it. */
async function see(effects: OrderEffects, world: World, order: AcmeOrder, signal: AbortSignal): Promise<void> {
  const now = effects.clock.now()
  const { seen: _seen, wait, failed, ...others } = world.memory
  const kept = failed === undefined || failed.action === 'read-order' ? others : { ...others, failed }
  const isUnderWay =
    order.status === 'pending' || order.status === 'processing' || (order.status === 'valid' && order.certificate === undefined)
  if (!isUnderWay) return effects.remember(world, { ...kept, seen: { order, at: now } })
  const attempts = wait?.attempts ?? 0
  const until = pollAt(now, { attempts, retryAfter: order.retryAfter })
  effects.remember(world, {
    ...kept,
    seen: { order, at: now },
    wait: { until, attempts: attempts + 1, why: `the order is ${order.status} at the CA` },
  })
  // It answers again, and the next news may be days away.
  if (readWaitReason(world.order.status?.reason ?? '') !== undefined) await write(effects, world, {}, signal)
}

async function finalize(effects: OrderEffects, { client }: Ca, world: World, signal: AbortSignal): Promise<void> {
  // However the request ends, even cut off by a lost lease: what was seen before it is not to be finalized on again.
  const { seen: _seen, ...kept } = world.memory
  effects.remember(world, kept)
  const url = world.order.status?.url ?? ''
  const order = await client.finalize({ url, finalize: finalizeUrlOf(world) }, csrDerOf(world), signal)
  return order.status === 'ready' || order.status === 'pending' ? finalizedInVain(effects, world) : see(effects, world, order, signal)
}

/** As the CA last showed it: what it said at first is in the status, and may have been wrong. */
function finalizeUrlOf({ order, memory }: World): string {
  return memory.seen?.order.finalize ?? order.status?.finalizeURL ?? ''
}

function csrDerOf(world: World): Uint8Array {
  return world.csr.kind === 'ok' ? world.csr.der : new Uint8Array()
}
