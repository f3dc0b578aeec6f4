import type { KeyObject } from 'node:crypto'

import type { Account } from '../../acme/account.ts'
import { AcmeError, describe, verdictOf } from '../../acme/acme-error.ts'
import type { AcmeClient } from '../../acme/client.ts'
import type { AcmeIssuer } from '../../crds/issuer.ts'
import { issuerReason } from '../../crds/reasons.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Instant } from '../../lib/instant.ts'
import { HOUR, MINUTE, plus } from '../../lib/instant.ts'
import type { AnyIssuer, IssuerSetup, SetupOutcome } from '../signer.ts'
import type { AccountKeyDeps } from './account-key.ts'
import { accountKeyHash, createAccountKey, readAccountKey } from './account-key.ts'
import type { Connect } from './clients.ts'
import { endpointOf } from './clients.ts'
import { contactOf, isSameContact } from './contact.ts'
import { readEabKey } from './eab-key.ts'
import { retryAt } from './poll-delay.ts'
import { serverProblem } from './server-url.ts'
import { solverSecretProblem } from './solver-secrets.ts'

export interface AcmeSetupDeps extends AccountKeyDeps {
  readonly connect: Connect
  readonly clock: Clock
}

type AcmeStatus = NonNullable<SetupOutcome['acme']>

const REGISTERED = 'The ACME account was registered with the ACME server'

/** Gets an ACME issuer ready: an account key in its Secret, and an account for it at the CA with the e-mail address of the spec. */
export function acmeSetup(deps: AcmeSetupDeps): IssuerSetup {
  const memory: Memory = { verified: new Map(), attempts: new Map() }
  return {
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
      return register({ issuer, acme, key: accountKey.key, memory, deps }, signal)
    },
  }
}

interface Memory {
  /** Issuer UID → what was verified with the CA since this process started. */
  readonly verified: Map<string, string>
  /** Issuer UID → attempts that ended with "later" in a row. */
  readonly attempts: Map<string, number>
}

interface Registration {
  readonly issuer: AnyIssuer
  readonly acme: AcmeIssuer
  readonly key: KeyObject
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
  if (known !== undefined && memory.verified.get(uidOf(issuer)) === fingerprintOf(issuer, known)) return registered(known)

  const client = deps.connect({
    endpoint: endpointOf(acme),
    accountKey: key,
    ...(known?.uri === undefined ? {} : { accountUrl: known.uri }),
  })
  try {
    const outcome = await accountAt(client, registration, known, signal)
    memory.attempts.delete(uidOf(issuer))
    if (outcome.ready && outcome.acme !== undefined) memory.verified.set(uidOf(issuer), fingerprintOf(issuer, outcome.acme))
    return outcome
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error
    return failed(registration, error, known)
  } finally {
    void client.close().catch(() => {})
  }
}

/** The account of the status, if it is this key's at this server. */
function knownAccount(issuer: AnyIssuer, acme: AcmeIssuer, key: KeyObject): AcmeStatus | undefined {
  const { uri, lastRegisteredEmail = '', lastPrivateKeyHash } = issuer.status?.acme ?? {}
  if (uri === undefined || !URL.canParse(uri) || new URL(uri).host !== new URL(acme.server).host) return undefined
  return lastPrivateKeyHash === accountKeyHash(key) ? { uri, lastRegisteredEmail, lastPrivateKeyHash } : undefined
}

async function accountAt(
  client: AcmeClient,
  registration: Registration,
  known: AcmeStatus | undefined,
  signal: AbortSignal,
): Promise<SetupOutcome> {
  const { issuer, acme, key } = registration
  const existing = known === undefined ? undefined : await existingAccount(client, signal)
  const account = existing ?? (await newAccount(client, registration, signal))
  if ('refusal' in account) return account.refusal

  if (account.status !== 'valid') {
    return unready(issuer, {
      reason: issuerReason.verifyAccountFailed,
      message: `the ACME account ${account.url} is ${account.status}; use another account key`,
    })
  }
  const refusal = await updateContact(client, account, registration, signal)
  return refusal ?? registered({ uri: account.url, lastRegisteredEmail: acme.email ?? '', lastPrivateKeyHash: accountKeyHash(key) })
}

/** RFC 8555 §7.3.1: looking an account up needs no external account binding. */
async function existingAccount(client: AcmeClient, signal: AbortSignal): Promise<Account | undefined> {
  try {
    return await client.createAccount({ contact: [], onlyReturnExisting: true }, signal)
  } catch (error) {
    if (error instanceof AcmeError && verdictOf(error) === 'unknown-account') return undefined
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

async function updateContact(
  client: AcmeClient,
  account: Account,
  { issuer, acme }: Registration,
  signal: AbortSignal,
): Promise<SetupOutcome | undefined> {
  const wanted = contactOf(acme.email)
  // Some CAs (Let's Encrypt since 2025) keep no address and return none: then what we sent last is all that is known.
  const isHidden = account.contact.length === 0 && (issuer.status?.acme?.lastRegisteredEmail ?? '') === (acme.email ?? '')
  if (account.isNew || isHidden || isSameContact(account.contact, wanted)) return undefined
  try {
    await client.updateAccount({ contact: wanted }, signal)
    return undefined
  } catch (error) {
    if (!(error instanceof AcmeError) || verdictOf(error) === 'later') throw error
    return unready(issuer, { reason: issuerReason.updateAccountFailed, message: `Failed to update the ACME account: ${describe(error)}` })
  }
}

function failed({ issuer, acme, memory, deps }: Registration, error: AcmeError, known: AcmeStatus | undefined): SetupOutcome {
  const now = deps.clock.now()
  if (verdictOf(error) !== 'later') {
    // Only the user can put it right, perhaps outside the cluster: at the CA.
    const message = `Failed to register the ACME account with ${acme.server}: ${describe(error)}`
    return { ...unready(issuer, { reason: issuerReason.registerAccountFailed, message }), wakeAt: plus(now, HOUR) }
  }
  const wakeAt = nextTry(issuer, memory, error, now)
  // An account that was good before is not lost because its CA is out of reach for a while.
  if (known !== undefined && isReady(issuer)) return { ...registered(known), wakeAt }
  const message = `The ACME account is not registered yet, the server could not be asked: ${describe(error)}`
  return { ...unready(issuer, { reason: issuerReason.registerAccountFailed, message }), wakeAt }
}

function nextTry(issuer: AnyIssuer, { attempts }: Memory, { retryAfter }: AcmeError, now: Instant): Instant {
  const before = attempts.get(uidOf(issuer)) ?? 0
  attempts.set(uidOf(issuer), before + 1)
  // One issuer is one client, so there is no crowd to spread.
  return retryAt(now, { attempts: before, retryAfter }, () => 0.5)
}

function registered(acme: AcmeStatus): SetupOutcome {
  return { ready: true, reason: issuerReason.accountRegistered, message: REGISTERED, acme }
}

function unready(issuer: AnyIssuer, why: { readonly reason: string; readonly message: string }): SetupOutcome {
  const acme = issuer.status?.acme
  return { ready: false, ...why, ...(acme === undefined ? {} : { acme }) }
}

function isReady(issuer: AnyIssuer): boolean {
  return issuer.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false
}

/** A new spec (its e-mail address included) is verified anew. */
function fingerprintOf(issuer: AnyIssuer, acme: AcmeStatus): string {
  return JSON.stringify([issuer.metadata.generation, acme.uri, acme.lastPrivateKeyHash])
}

function uidOf(issuer: AnyIssuer): string {
  return issuer.metadata.uid ?? ''
}
