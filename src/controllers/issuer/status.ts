import type { IssuerStatus } from '../../crds/issuer.ts'
import { conditionType, ownIssuerConditions } from '../../crds/reasons.ts'
import type { AnyIssuer, SetupOutcome } from '../../issuers/signer.ts'
import { toRfc3339, type Instant } from '../../lib/instant.ts'

type Condition = NonNullable<IssuerStatus['conditions']>[number]

/** The status of an issuer after a check. */
export function statusAfter(issuer: AnyIssuer, outcome: SetupOutcome, at: Instant): IssuerStatus {
  const before = issuer.status ?? {}
  const conditions = (before.conditions ?? []).filter(({ type }) => !ownIssuerConditions.includes(type) || isKept(type, outcome))
  const known = (type: string) => conditions.find((condition) => condition.type === type)
  const next = [
    readyCondition(issuer, outcome, known(conditionType.ready), at),
    ...(outcome.conditions ?? []).map((condition) => dated(issuer, condition, known(condition.type), at)),
  ]
  return {
    ...before,
    conditions: [
      ...conditions.map((condition) => next.find(({ type }) => type === condition.type) ?? condition),
      ...next.filter(({ type }) => known(type) === undefined),
    ],
    ...(outcome.acme === undefined ? {} : { acme: withoutEmpty({ ...before.acme, ...outcome.acme }) }),
  }
}

function isKept(type: string, outcome: SetupOutcome): boolean {
  return outcome.conditions?.some((condition) => condition.type === type) ?? false
}

/** Clients written in Go leave out what is empty, and a status that says the same is not worth a write. */
function withoutEmpty(fields: NonNullable<IssuerStatus['acme']>): NonNullable<IssuerStatus['acme']> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}

function readyCondition(issuer: AnyIssuer, outcome: SetupOutcome, known: Condition | undefined, at: Instant): Condition {
  const status = outcome.ready ? 'True' : 'False'
  // cert-manager says nothing more of a self-signed issuer, and that is no reason to write.
  const isSilent = outcome.ready && known?.status === status && known.reason === outcome.reason && (known.message ?? '') === ''
  const { reason } = outcome
  return dated(issuer, { type: conditionType.ready, status, reason, ...(isSilent ? said(known) : { message: outcome.message }) }, known, at)
}

function said({ message }: Condition): Pick<Condition, 'message'> {
  return message === undefined ? {} : { message }
}

function dated(
  { metadata }: AnyIssuer,
  condition: Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>,
  known: Condition | undefined,
  at: Instant,
): Condition {
  const isSame = known?.status === condition.status && known.lastTransitionTime !== undefined
  return {
    ...condition,
    lastTransitionTime: isSame ? known.lastTransitionTime : toRfc3339(at),
    ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
  }
}
