import type { KeyObject } from 'node:crypto'

import type { Account } from '../../acme/account.ts'
import { AcmeError, describe, verdictOf } from '../../acme/acme-error.ts'
import type { AcmeClient } from '../../acme/client.ts'
import type { AcmeIssuer } from '../../crds/issuer.ts'
import type { Order } from '../../crds/order.ts'
import { issuerReason } from '../../crds/reasons.ts'
import type { Informer } from '../../kube/lister.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Instant } from '../../lib/instant.ts'
import { HOUR, MINUTE, plus } from '../../lib/instant.ts'
import type { AnyIssuer, IssuerSetup, SetupOutcome } from '../signer.ts'
import type { AccountKeyDeps } from './account-key.ts'
import { accountKeyHash, createAccountKey, readAccountKey } from './account-key.ts'
import {
  asBefore,
  isReady,
  knownAccount,
  LOOK_AGAIN,
  refusalOf,
  registered,
  unready,
  withNotes,
  type AcmeStatus,
} from './account-outcome.ts'
import type { AccountDoubts } from './account-doubts.ts'
import type { Connect } from './clients.ts'
import { endpointOf } from './clients.ts'
import { contactOf } from './contact.ts'
import { deactivateAccount, isToBeDeactivated } from './deactivate-account.ts'
import { readEabKey } from './eab-key.ts'
import { issuerRefKey } from './issuer-key.ts'
import { recordConditions, withRecordConditions } from './persistent-record-condition.ts'
import { retryAt } from './poll-delay.ts'
import { accountKeyRotation } from './rotate-account-key.ts'
import { serverProblem } from './server-url.ts'
import { solverSecretProblem } from './solver-secrets.ts'
import { updateContact } from './update-contact.ts'

export interface AcmeSetupDeps extends AccountKeyDeps {
  readonly connect: Connect
  readonly clock: Clock
  readonly orders: Informer<Order>
  /** Whether the feature gate of dnsPersist01 is on. */
  readonly isDnsPersist01On: boolean
  readonly doubts: AccountDoubts
}

/**
 * Gets an ACME issuer ready: an account key in its Secret, and an account for it at the CA with the e-mail address of the spec. Make it
 * before the caches start: it adds an index.
 */
export function acmeSetup(deps: AcmeSetupDeps): IssuerSetup {
  const memory: Memory = { verified: new Map(), attempts: new Map() }
  const ordersOf = deps.orders.index((order) => [issuerRefKey(order.spec.issuerRef, order.metadata.namespace)])
  const rotate = accountKeyRotation({ ...deps, ordersOf })
  return withRecordConditions(deps.isDnsPersist01On, {
    setUp: async (issuer, signal) => {
      const acme = issuer.spec.acme
      if (acme === undefined) return unready(issuer, { reason: issuerReason.invalidConfig, message: 'the issuer has no spec.acme' })
      const accountKey = await keyFor(issuer, acme, deps, signal)
      if (accountKey.kind !== 'ok') {
        // Nothing tells us when the Secret is put right, so look again; it costs one read.
        return {
          ...unready(issuer, { reason: issuerReason.verifyAccountFailed, message: accountKey.why }),
          wakeAt: plus(deps.clock.now(), MINUTE),
        }
      }
      const problem = serverProblem(acme.server)
      if (problem !== undefined) return unready(issuer, problem)

      const secretProblem = await solverSecretProblem(issuer, acme, deps, signal)
      if (secretProblem !== undefined) {
        return {
          ...unready(issuer, { reason: issuerReason.invalidSolver, message: secretProblem }),
          wakeAt: plus(deps.clock.now(), MINUTE),
        }
      }
      const registration = { issuer, acme, key: accountKey.key, isNewKey: accountKey.isNew, memory, deps }
      if (isToBeDeactivated(issuer)) return giveUp(registration, signal)

      const rotation = await rotate({ issuer, acme, accountKey }, signal)
      if (rotation.kind === 'under-way') return { ...asBefore(issuer, rotation.note), wakeAt: rotation.wakeAt }
      const outcome = await register(registration, signal)
      const demand = deps.doubts.demandOf(issuer)
      return withNotes(outcome, [
        rotation.note,
        demand === undefined ? undefined : `the CA takes no orders before somebody has acted: ${demand}`,
      ])
    },
  })
}

interface Memory {
  /** Issuer UID → what was verified with the CA since this process started, and when. */
  readonly verified: Map<string, { readonly what: string; readonly at: Instant }>
  /** Issuer UID → attempts that ended with "later" in a row. */
  readonly attempts: Map<string, number>
}

interface Registration {
  readonly issuer: AnyIssuer
  readonly acme: AcmeIssuer
  readonly key: KeyObject
  readonly isNewKey: boolean
  readonly memory: Memory
  readonly deps: AcmeSetupDeps
}

async function keyFor(issuer: AnyIssuer, acme: AcmeIssuer, deps: AcmeSetupDeps, signal: AbortSignal): ReturnType<typeof readAccountKey> {
  const stored = await readAccountKey(issuer, acme, deps, signal)
  if (stored.kind !== 'missing') return stored
  if (acme.disableAccountKeyGeneration === true) return { kind: 'missing', why: `${stored.why}, and disableAccountKeyGeneration is set` }
  return createAccountKey(issuer, acme, deps, signal)
}

async function register(registration: Registration, signal: AbortSignal): Promise<SetupOutcome> {
  const { issuer, acme, key, memory, deps } = registration
  const known = knownAccount(issuer, acme, key)
  const verified = memory.verified.get(uidOf(issuer))
  if (
    known !== undefined &&
    verified?.what === fingerprintOf(issuer, known, deps.doubts) &&
    deps.clock.now() < plus(verified.at, LOOK_AGAIN)
  ) {
    return registered(known, plus(verified.at, LOOK_AGAIN))
  }

  const client = deps.connect({
    endpoint: endpointOf(acme),
    accountKey: key,
    ...(known?.uri === undefined ? {} : { accountUrl: known.uri }),
  })
  try {
    const outcome = await accountAt(client, registration, known, signal)
    memory.attempts.delete(uidOf(issuer))
    if (outcome.ready && outcome.acme !== undefined) {
      memory.verified.set(uidOf(issuer), { what: fingerprintOf(issuer, outcome.acme, deps.doubts), at: deps.clock.now() })
    }
    return outcome
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error
    return failed(registration, error, known)
  } finally {
    void client.close().catch(() => {})
  }
}

async function accountAt(
  client: AcmeClient,
  registration: Registration,
  known: AcmeStatus | undefined,
  signal: AbortSignal,
): Promise<SetupOutcome> {
  const { issuer, acme, key, isNewKey, deps } = registration
  const existing = isNewKey ? undefined : await existingAccount(client, known, signal)
  const account = existing ?? (await newAccount(client, registration, signal))
  if ('refusal' in account) return account.refusal

  if (account.status !== 'valid') {
    return unready(issuer, {
      reason: issuerReason.verifyAccountFailed,
      message: `the ACME account ${account.url} is ${account.status}; use another account key`,
    })
  }
  const refusal = await updateContact(client, account, registration, signal)
  const verified = { uri: account.url, lastRegisteredEmail: acme.email ?? '', lastPrivateKeyHash: accountKeyHash(key) }
  if (refusal !== undefined) return refusal
  const persistent = { url: account.url, thumbprint: client.thumbprint(), server: acme.server }
  const conditions = recordConditions(issuer, { account: persistent, directory: await client.directory(signal) })
  return { ...registered(verified, plus(deps.clock.now(), LOOK_AGAIN)), conditions }
}

/**
 * RFC 8555 §7.3.1: looking an account up needs no external account binding, which may be good for one use only. A CA that wants one all the
 * same, or refuses for another reason, says so when the account of an unknown key is made.
 */
async function existingAccount(client: AcmeClient, known: AcmeStatus | undefined, signal: AbortSignal): Promise<Account | undefined> {
  try {
    return await client.createAccount({ contact: [], onlyReturnExisting: true }, signal)
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error
    const verdict = verdictOf(error)
    if (verdict === 'unknown-account' || (known === undefined && verdict !== 'later')) return undefined
    throw error
  }
}

async function newAccount(
  client: AcmeClient,
  { issuer, acme, deps }: Registration,
  signal: AbortSignal,
): Promise<Account | { readonly refusal: SetupOutcome }> {
  const binding = await readEabKey(issuer, acme, deps, signal)
  if (binding.kind === 'unreadable') {
    const refusal = unready(issuer, { reason: issuerReason.registerAccountFailed, message: binding.why })
    return { refusal: { ...refusal, wakeAt: plus(deps.clock.now(), MINUTE) } }
  }
  return client.createAccount({ contact: contactOf(acme.email), ...(binding.eab === undefined ? {} : { eab: binding.eab }) }, signal)
}

function failed({ issuer, acme, memory, deps }: Registration, error: AcmeError, known: AcmeStatus | undefined): SetupOutcome {
  const now = deps.clock.now()
  if (verdictOf(error) !== 'later' || error.code === 'acme/userActionRequired') {
    // Only the user can put it right, perhaps outside the cluster: at the CA.
    return { ...unready(issuer, refusalOf(acme, known, error)), wakeAt: plus(now, HOUR) }
  }
  const wakeAt = nextTry(issuer, memory, error, now)
  // An account that was good before is not lost because its CA is out of reach for a while.
  if (known !== undefined && isReady(issuer)) return registered(known, wakeAt)
  const message = `The ACME account is not registered yet, the server could not be asked: ${describe(error)}`
  return { ...unready(issuer, { reason: issuerReason.registerAccountFailed, message }), wakeAt }
}

function nextTry(issuer: AnyIssuer, { attempts }: Memory, { retryAfter }: AcmeError, now: Instant): Instant {
  const before = attempts.get(uidOf(issuer)) ?? 0
  attempts.set(uidOf(issuer), before + 1)
  // One issuer is one client, so there is no crowd to spread.
  return retryAt(now, { attempts: before, retryAfter }, () => 0.5)
}

/** Gives the account of an issuer up, for good, as its user asks. */
async function giveUp({ issuer, acme, key, deps }: Registration, signal: AbortSignal): Promise<SetupOutcome> {
  const known = knownAccount(issuer, acme, key)
  const because = (message: string): SetupOutcome => unready(issuer, { reason: issuerReason.verifyAccountFailed, message })
  if (known?.uri === undefined) return because('There is no ACME account to deactivate')
  const client = deps.connect({ endpoint: endpointOf(acme), accountKey: key, accountUrl: known.uri })
  try {
    return because(await deactivateAccount(client, known.uri, signal))
  } finally {
    void client.close().catch(() => {})
  }
}

/** A new spec (its e-mail address included) is verified anew, as is an account that the CA seems to have given up. */
function fingerprintOf(issuer: AnyIssuer, acme: AcmeStatus, doubts: AccountDoubts): string {
  return JSON.stringify([issuer.metadata.generation, acme.uri, acme.lastPrivateKeyHash, doubts.countOf(issuer)])
}

function uidOf(issuer: AnyIssuer): string {
  return issuer.metadata.uid ?? ''
}
