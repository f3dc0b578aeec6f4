import { AcmeError } from '../../acme/acme-error.ts'
import type { Certificate } from '../../crds/certificate.ts'
import { certificateEvent } from '../../crds/reasons.ts'
import { certificates } from '../../crds/resources.ts'
import type { AcmeClients } from '../../issuers/acme/clients.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Clock } from '../../lib/clock.ts'
import { afterAnswer, afterFailure, type Ari } from './answer.ts'
import type { Action } from './decide.ts'
import type { World } from './world.ts'

export interface RenewalInformationEffects {
  readonly cluster: Cluster
  readonly clients: AcmeClients
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
      return write(effects, world, undefined, signal)
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
    await write(effects, world, afterAnswer(answer, moment(effects)), signal)
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error
    if (error.code === 'acme/unsupported') return effects.silence(issuer)
    await tellFailure(effects, world, error, signal)
  }
}

async function tellFailure(effects: RenewalInformationEffects, world: World, error: AcmeError, signal: AbortSignal): Promise<void> {
  const before = world.certificate.status?.acme?.ari
  const ari = afterFailure(before, error, moment(effects))
  await write(effects, world, ari, signal)
  if (ari.lastError === before?.lastError) return
  const message = `The CA did not say when to renew, which holds nothing up: ${ari.lastError ?? ''}`
  effects.events.record(world.certificate, { type: 'Warning', reason: certificateEvent.ariError, message })
}

function moment({ clock, random }: RenewalInformationEffects): Parameters<typeof afterAnswer>[1] {
  return { now: clock.now(), spread: random() }
}

/** Another write of the status in between is a conflict: the answer may be about a certificate that has been replaced. */
async function write({ cluster }: RenewalInformationEffects, world: World, ari: Ari | undefined, signal: AbortSignal): Promise<void> {
  const { certificate } = world
  const { acme: _acme, ...others } = certificate.status ?? {}
  const status: Certificate['status'] = ari === undefined ? others : { ...others, acme: { ari } }
  await cluster.patchStatus(certificates, certificate, status, { fieldManager: FIELD_MANAGER }, signal)
}
