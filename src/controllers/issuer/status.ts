import type { IssuerStatus } from '../../crds/issuer.ts'
import { conditionType } from '../../crds/reasons.ts'
import type { AnyIssuer, SetupOutcome } from '../../issuers/signer.ts'
import { toRfc3339, type Instant } from '../../lib/instant.ts'

type Condition = NonNullable<IssuerStatus['conditions']>[number]

/** The status of an issuer after a check. */
export function statusAfter(issuer: AnyIssuer, outcome: SetupOutcome, at: Instant): IssuerStatus {
  const before = issuer.status ?? {}
  const conditions = before.conditions ?? []
  const known = conditions.find((condition) => condition.type === conditionType.ready)
  const next = readyCondition(issuer, outcome, known, at)
  return {
    ...before,
    conditions: known === undefined ? [...conditions, next] : conditions.map((condition) => (condition === known ? next : condition)),
    ...(outcome.acme === undefined ? {} : { acme: withoutEmpty({ ...before.acme, ...outcome.acme }) }),
  }
}

/** Clients written in Go leave out what is empty, and a status that says the same is not worth a write. */
function withoutEmpty(fields: NonNullable<IssuerStatus['acme']>): NonNullable<IssuerStatus['acme']> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}

function readyCondition(issuer: AnyIssuer, outcome: SetupOutcome, known: Condition | undefined, at: Instant): Condition {
  const status = outcome.ready ? 'True' : 'False'
  // cert-manager says nothing more of a self-signed issuer, and that is no reason to write.
  const isSilent = outcome.ready && known?.status === status && known.reason === outcome.reason && (known.message ?? '') === ''
  const { generation } = issuer.metadata
  return {
    type: conditionType.ready,
    status,
    reason: outcome.reason,
    ...(isSilent ? said(known) : { message: outcome.message }),
    lastTransitionTime: known?.status === status && known.lastTransitionTime !== undefined ? known.lastTransitionTime : toRfc3339(at),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  }
}

function said({ message }: Condition): Pick<Condition, 'message'> {
  return message === undefined ? {} : { message }
}
