import { signingRequestAnnotation } from '../../crds/annotations.ts'
import { signingRequestEvent } from '../../crds/reasons.ts'
import { formatGoDuration } from '../../lib/go-duration.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import { MINIMUM_DURATION } from './requested-duration.ts'
import type { Announcement, World } from './world.ts'

export type Action =
  /** Tells what is awaited. */
  | { readonly do: 'announce'; readonly announcement: Announcement }
  /** Refuses for good. */
  | { readonly do: 'fail'; readonly reason: string; readonly message: string }
  /** Signs, and writes what came of it; milliseconds. */
  | { readonly do: 'sign'; readonly duration: number }

/** What is to be done for one signing request now. We never approve one: that is for whoever may approve for its signer in Kubernetes. */
export function decide(world: World): Plan<Action> {
  if (world.request.metadata.deletionTimestamp !== undefined) return nothing('the request is being deleted')
  switch (world.state) {
    case 'answered':
      return nothing('the request has its answer')
    case 'unapproved':
      return wait(world, {
        type: 'Normal',
        reason: signingRequestEvent.waitingApproval,
        message: 'Waiting for the Approved condition before issuing',
      })
    case 'approved':
      return answer(world)
  }
}

/** First what can never be granted, then what may still come: a request that is refused is refused at once. */
function answer(world: World): Plan<Action> {
  const { issuer, duration } = world
  const what = issuerIn(world)
  if (issuer.kind === 'missing') return warn(world, signingRequestEvent.issuerNotFound, `Referenced ${what} not found`)
  if (issuer.kind === 'typeless') return warn(world, signingRequestEvent.issuerTypeMissing, `Referenced ${what} is missing type`)
  if (!world.mayReference) return fail(signingRequestEvent.deniedReference, `Requester may not reference Namespaced ${what}`)
  if (duration.kind === 'unreadable') {
    const message = `The annotation ${signingRequestAnnotation.duration} is no duration: ${JSON.stringify(duration.text)}`
    return fail(signingRequestEvent.errorParseDuration, message)
  }
  if (duration.kind === 'too-short') {
    const [minimum, asked] = [formatGoDuration(MINIMUM_DURATION), formatGoDuration(duration.duration)]
    const message = `CertificateSigningRequest minimum allowed duration is ${minimum}, requested ${asked}`
    return fail(signingRequestEvent.invalidDuration, message)
  }
  if (issuer.kind === 'not-ready') return warn(world, signingRequestEvent.issuerNotReady, `Referenced ${what} is not ready: ${issuer.why}`)
  return { actions: [{ do: 'sign', duration: duration.duration }], because: `${issuer.type} issuer signs` }
}

function issuerIn({ signer: { reference, namespace } }: World): string {
  return `${reference.kind} ${namespace === undefined ? '' : `${namespace}/`}${reference.name}`
}

function warn(world: World, reason: string, message: string): Plan<Action> {
  return wait(world, { type: 'Warning', reason, message })
}

function wait(world: World, announcement: Announcement): Plan<Action> {
  if (isTold(world, announcement)) return nothing(announcement.message)
  return { actions: [{ do: 'announce', announcement }], because: announcement.message }
}

/** Whether this is what was told last: an Event says it once, however often we look. */
export function isTold({ told }: World, { reason, message }: Announcement): boolean {
  return told?.reason === reason && told.message === message
}

function fail(reason: string, message: string): Plan<Action> {
  return { actions: [{ do: 'fail', reason, message }], because: message }
}

function nothing(because: string): Plan<Action> {
  return { actions: [], because }
}
