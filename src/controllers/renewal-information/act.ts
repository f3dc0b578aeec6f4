import { AcmeError } from '../../acme/acme-error.ts'
import { certificateEvent } from '../../crds/reasons.ts'
import { certificates } from '../../crds/resources.ts'
import type { AcmeClients } from '../../issuers/acme/clients.ts'
import type { RenewalAnswers } from '../../issuers/acme/renewal-answers.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Clock } from '../../lib/clock.ts'
import { afterAnswer, afterFailure } from './answer.ts'
import type { Action } from './decide.ts'
import type { World } from './world.ts'

export interface RenewalInformationEffects {
  readonly cluster: Cluster
  readonly clients: AcmeClients
  readonly answers: RenewalAnswers
  readonly events: EventRecorder
  readonly clock: Clock
  /** 0 ≤ x < 1. */
  readonly random: () => number
  readonly issuerOf: (world: World) => AnyIssuer | undefined
  /** The CA of this issuer suggests no renewal times. */
  readonly silence: (issuer: AnyIssuer) => void
}

const FIELD_MANAGER = 'certwright'

/** One effect, safe to repeat. No trouble with the CA ever stands in the way of an issuance. */
export async function act(effects: RenewalInformationEffects, action: Action, world: World, signal: AbortSignal): Promise<void> {
  switch (action.do) {
    case 'clear':
      return clear(effects, world, signal)
    case 'ask':
      return ask(effects, action.certId, world, signal)
  }
}

async function ask(effects: RenewalInformationEffects, certId: string, world: World, signal: AbortSignal): Promise<void> {
  const issuer = effects.issuerOf(world)
  if (issuer === undefined) return
  const client = await effects.clients.for(issuer, signal)
  try {
    const answer = await client.renewalInfo(certId, signal)
    effects.answers.put(world.certificate, certId, afterAnswer(answer, moment(effects)))
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error
    if (error.code === 'acme/unsupported') return effects.silence(issuer)
    tellFailure(effects, certId, world, error)
  }
}

function tellFailure(effects: RenewalInformationEffects, certId: string, world: World, error: AcmeError): void {
  const before = world.known
  const ari = afterFailure(before, error, moment(effects))
  effects.answers.put(world.certificate, certId, ari)
  if (ari.lastError === before?.lastError) return
  const message = `The CA did not say when to renew, which holds nothing up: ${ari.lastError ?? ''}`
  effects.events.record(world.certificate, { type: 'Warning', reason: certificateEvent.ariError, message })
}

function moment({ clock, random }: RenewalInformationEffects): Parameters<typeof afterAnswer>[1] {
  return { now: clock.now(), spread: random() }
}

/** The CA suggests nothing any more, so nothing that it said stays. */
async function clear({ cluster, answers }: RenewalInformationEffects, { certificate }: World, signal: AbortSignal): Promise<void> {
  answers.forget(certificate)
  const { acme: _acme, ...status } = certificate.status ?? {}
  await cluster.patchStatus(certificates, certificate, status, { fieldManager: FIELD_MANAGER }, signal)
}
