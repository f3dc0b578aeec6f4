import type { ClusterIssuer, Issuer } from '../../crds/issuer.ts'
import { conditionType, issuerReason } from '../../crds/reasons.ts'
import type { Resource } from '../../crds/resource.ts'
import { issuerTypeOf, type IssuerType } from '../../issuers/issuer-type.ts'
import type { AnyIssuer, IssuerSetup, SetupOutcome } from '../../issuers/signer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Clock } from '../../lib/clock.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import type { Action } from './decide.ts'
import { statusAfter } from './status.ts'
import type { LastSetup, World } from './world.ts'

const FIELD_MANAGER = 'certwright'

/** What the issuer controller writes with. */
export interface IssuerEffects {
  readonly resource: Resource<Issuer> | Resource<ClusterIssuer>
  readonly cluster: Cluster
  readonly events: EventRecorder
  readonly clock: Clock
  readonly setups: Readonly<Partial<Record<IssuerType, IssuerSetup>>>
  readonly lastSetups: Map<string, LastSetup>
}

/** One effect, safe to repeat. */
export async function act(effects: IssuerEffects, action: Action, world: World, signal: AbortSignal): Promise<void> {
  const { issuer } = world
  switch (action.do) {
    case 'set-status':
      await write(effects, issuer, action.status, signal)
      return
    case 'set-up': {
      const outcome = await outcomeOf(effects, issuer, signal)
      const at = effects.clock.now()
      effects.lastSetups.set(issuer.metadata.uid ?? '', { version: action.version, outcome, at })
      await write(effects, issuer, statusAfter(issuer, outcome, at), signal)
      announce(effects.events, issuer, outcome)
      return
    }
  }
}

async function outcomeOf(effects: IssuerEffects, issuer: AnyIssuer, signal: AbortSignal): Promise<SetupOutcome> {
  const type = issuerTypeOf(issuer.spec)
  const setup = type === undefined ? undefined : effects.setups[type]
  if (setup === undefined) {
    const message =
      type === undefined
        ? 'the issuer names no type: give one of acme, ca, selfSigned'
        : `issuers of type ${type} are not supported by this version`
    return { ready: false, reason: issuerReason.initFailed, message }
  }
  try {
    return await setup.setUp(issuer, signal)
  } catch (error) {
    if (!signal.aborted) await tellFailure(effects, issuer, error, signal)
    throw error
  }
}

/** An issuer that is Ready stays so while its check cannot be made: what it signed yesterday it will most likely sign today. */
async function tellFailure(effects: IssuerEffects, issuer: AnyIssuer, error: unknown, signal: AbortSignal): Promise<void> {
  const isReady =
    issuer.status?.conditions?.some((condition) => condition.type === conditionType.ready && condition.status === 'True') === true
  if (isReady) return
  const message =
    error instanceof OperatorError ? error.message : 'the check of the issuer failed unexpectedly; see the log of the operator'
  const outcome: SetupOutcome = { ready: false, reason: issuerReason.initFailed, message }
  await write(effects, issuer, statusAfter(issuer, outcome, effects.clock.now()), signal)
  announce(effects.events, issuer, outcome)
}

async function write(effects: IssuerEffects, issuer: AnyIssuer, status: World['issuer']['status'], signal: AbortSignal): Promise<void> {
  await effects.cluster.patchStatus<AnyIssuer>(
    effects.resource as Resource<AnyIssuer>,
    issuer,
    status,
    { fieldManager: FIELD_MANAGER },
    signal,
  )
}

/** Said when it changes, not at every check. */
function announce(events: EventRecorder, issuer: AnyIssuer, outcome: SetupOutcome): void {
  const before = issuer.status?.conditions?.find((condition) => condition.type === conditionType.ready)
  const isNews = before?.reason !== outcome.reason || before.message !== outcome.message
  if (isNews) events.record(issuer, { type: outcome.ready ? 'Normal' : 'Warning', reason: outcome.reason, message: outcome.message })
}
