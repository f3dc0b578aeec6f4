import type { KeyObject } from 'node:crypto'
import { AcmeError, describe, verdictOf } from '../../acme/acme-error.ts'
import type { AcmeClient } from '../../acme/client.ts'
import { ownAnnotation } from '../../crds/annotations.ts'
import type { AcmeIssuer } from '../../crds/issuer.ts'
import type { Order } from '../../crds/order.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { secrets } from '../../kube/kinds.ts'
import type { Index } from '../../kube/lister.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Instant } from '../../lib/instant.ts'
import { oneAtATime } from '../../lib/one-at-a-time.ts'
import type { AnyIssuer } from '../signer.ts'
import type { AccountKey } from './account-key.ts'
import { accountKeyName, newAccountKey, nextAccountKeyName } from './account-key.ts'
import type { Connect } from './clients.ts'
import { endpointOf } from './clients.ts'
import { issuerKey } from './issuer-key.ts'
import { lastRotation, rotationsAfter, rotationWish } from './key-rotations.ts'
import { retryAt } from './poll-delay.ts'
import { rotationStep } from './rotation-step.ts'

export interface RotationDeps {
  readonly cluster: Cluster
  readonly connect: Connect
  readonly clock: Clock
  /** Orders by the `issuerKey` of their issuer. */
  readonly ordersOf: Index<Order>
}

/** What a rotation has come to. `note` is for the condition of the issuer. */
export type RotationOutcome =
  /** The stored key is the one to use. */
  | { readonly kind: 'rest'; readonly note?: string }
  /** Everything stays as it is until then. */
  | { readonly kind: 'under-way'; readonly wakeAt: Instant; readonly note: string }

export interface RotationOf {
  readonly issuer: AnyIssuer
  readonly acme: AcmeIssuer
  readonly accountKey: Extract<AccountKey, { kind: 'ok' }>
}

/** Replaces account keys on request (RFC 8555 §7.3.5), one step at a time; each can be repeated after a crash. */
export function accountKeyRotation(deps: RotationDeps): (of: RotationOf, signal: AbortSignal) => Promise<RotationOutcome> {
  const memories = new Map<string, Memory>()
  // By Secret: two issuers that share one would ask the CA for the same change, and each take the refusal of the other for its own.
  const changes = oneAtATime<RotationOutcome>()
  return async (of, signal) => {
    const { issuer, acme, accountKey } = of
    const { annotations = {} } = accountKey.secret.metadata
    const wish = rotationWish(issuer)
    const isWanted = wish !== undefined && wish !== lastRotation(annotations, issuer)
    const now = deps.clock.now()
    const memory = remembered(memories, issuer, { isWanted, hasNext: accountKey.next !== undefined, now })
    const mayMakeKeys = acme.disableAccountKeyGeneration !== true
    const isBusy = deps.ordersOf(issuerKey(issuer)).some(isUnderWay)
    const step = rotationStep({ isWanted, hasNext: accountKey.next !== undefined, isBusy, mayMakeKeys, ...memory }, now)
    switch (step.kind) {
      case 'none': {
        const problem = annotations[ownAnnotation.accountKeyProblem]
        return problem === undefined ? { kind: 'rest' } : { kind: 'rest', note: `its key could not be replaced: ${problem}` }
      }
      case 'refuse':
        return { kind: 'rest', note: `its key was not replaced: ${step.why}` }
      case 'wait':
        return { kind: 'under-way', wakeAt: step.until, note: `its key is about to be replaced: ${step.why}` }
      case 'prepare':
        await write(
          deps,
          of,
          {
            data: { [nextAccountKeyName(acme)]: await newAccountKey(issuer) },
            // From now on the stored key itself asks for its end, whichever issuer brings it about.
            annotations: { ...rotationsAfter(annotations, issuer), [ownAnnotation.accountKeyProblem]: null },
          },
          signal,
        )
        return stored(deps)
      case 'change':
        return changes(accountKey.secret.metadata.uid ?? '', () => change(deps, of, signal))
    }
  }
}

/** The Secret is another one now: look again. */
function stored({ clock }: RotationDeps): RotationOutcome {
  return { kind: 'under-way', wakeAt: clock.now(), note: 'its key is being replaced' }
}

interface Memory {
  readonly wantedSince: Instant
  readonly nextSince: Instant | undefined
}

function remembered(
  memories: Map<string, Memory>,
  { metadata }: AnyIssuer,
  { isWanted, hasNext, now }: { readonly isWanted: boolean; readonly hasNext: boolean; readonly now: Instant },
): Memory {
  const key = metadata.uid ?? ''
  const before = memories.get(key)
  const memory = { wantedSince: before?.wantedSince ?? now, nextSince: hasNext ? (before?.nextSince ?? now) : undefined }
  if (isWanted || hasNext) memories.set(key, memory)
  else memories.delete(key)
  return memory
}

function isUnderWay({ status }: Order): boolean {
  const state = status?.state ?? ''
  return !['valid', 'invalid', 'expired', 'errored'].includes(state)
}

/**
 * Has the CA take the other key, then puts it in its place. Never with keys that the Secret does not hold (any more): of several issuers that
 * share it, an earlier one may be done.
 */
async function change(deps: RotationDeps, of: RotationOf, signal: AbortSignal): Promise<RotationOutcome> {
  const { accountKey, acme } = of
  const { next, secret } = accountKey
  const current = await deps.cluster.get(secrets, secret.metadata, signal)
  if (next === undefined || current?.metadata.resourceVersion !== secret.metadata.resourceVersion) return stored(deps)
  try {
    const taking = await takeOver(deps, { acme, old: accountKey.key, next }, signal)
    const data = taking.kind === 'taken' ? { [accountKeyName(acme)]: valueOf(next) } : {}
    const annotations = taking.kind === 'refused' ? { [ownAnnotation.accountKeyProblem]: describe(taking.error) } : {}
    await write(deps, of, { data: { ...data, [nextAccountKeyName(acme)]: null }, annotations }, signal)
    return stored(deps)
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error
    // Both keys stay while the CA cannot be asked.
    const wakeAt = retryAt(deps.clock.now(), { attempts: PATIENT, retryAfter: error.retryAfter }, () => 0.5)
    return { kind: 'under-way', wakeAt, note: `its key could not be replaced yet: ${describe(error)}` }
  }
}

/** Some ten seconds: nothing can be ordered meanwhile. */
const PATIENT = 3

type Taking =
  | { readonly kind: 'taken' }
  /** The account keeps the key that it has. */
  | { readonly kind: 'refused'; readonly error: AcmeError }
  /** Neither key has an account: the current one is registered as if nothing had been asked for. */
  | { readonly kind: 'no-account' }

interface Keys {
  readonly acme: AcmeIssuer
  readonly old: KeyObject
  readonly next: KeyObject
}

/** Which of the two keys the CA knows tells how far it got: the answer to an earlier try may have been lost. Throws while it cannot be asked. */
async function takeOver(deps: RotationDeps, keys: Keys, signal: AbortSignal): Promise<Taking> {
  const asked = await changed(deps, keys, signal)
  if (asked.kind === 'taken') return asked
  const isTaken = await withClient(deps, { ...keys, accountKey: keys.next }, (client) => isKnown(client, signal))
  return isTaken ? { kind: 'taken' } : asked
}

function changed(deps: RotationDeps, keys: Keys, signal: AbortSignal): Promise<Taking> {
  return withClient(deps, { ...keys, accountKey: keys.old }, async (client) => {
    if (!(await isKnown(client, signal))) return { kind: 'no-account' }
    try {
      await client.changeKey(keys.next, signal)
      return { kind: 'taken' }
    } catch (error) {
      if (!(error instanceof AcmeError) || verdictOf(error) === 'later') throw error
      return { kind: 'refused', error }
    }
  })
}

async function isKnown(client: AcmeClient, signal: AbortSignal): Promise<boolean> {
  try {
    await client.createAccount({ contact: [], onlyReturnExisting: true }, signal)
    return true
  } catch (error) {
    if (error instanceof AcmeError && verdictOf(error) === 'unknown-account') return false
    throw error
  }
}

async function withClient<T>(
  { connect }: RotationDeps,
  { acme, accountKey }: { readonly acme: AcmeIssuer; readonly accountKey: KeyObject },
  use: (client: AcmeClient) => Promise<T>,
): Promise<T> {
  const client = connect({ endpoint: endpointOf(acme), accountKey })
  try {
    return await use(client)
  } finally {
    void client.close().catch(() => {})
  }
}

function valueOf(key: KeyObject): string {
  const type = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1'
  return Buffer.from(key.export({ type, format: 'pem' })).toString('base64')
}

/** With the version that was read as precondition. */
async function write(
  { cluster }: RotationDeps,
  { accountKey }: RotationOf,
  {
    data,
    annotations,
  }: { readonly data: Readonly<Record<string, string | null>>; readonly annotations: Readonly<Record<string, string | null>> },
  signal: AbortSignal,
): Promise<void> {
  await cluster.patch(secrets, accountKey.secret, { data, metadata: { annotations } }, { fieldManager: FIELD_MANAGER }, signal)
}

const FIELD_MANAGER = 'certwright'
