import type { Instant } from '../../lib/instant.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import type { IssuedLeaf } from '../../issuers/acme/issued-leaf.ts'
import type { World } from './world.ts'

export type Action = { readonly do: 'ask'; readonly certId: string } | { readonly do: 'clear' }

/** Asks the CA when to renew: once for a new certificate, then whenever the CA wants to be asked again, until it expires. */
export function decide(world: World, now: Instant): Plan<Action> {
  const { certificate, ca, leaf, asked } = world
  if (certificate.metadata.deletionTimestamp !== undefined) return rest('the Certificate is being deleted')
  switch (ca.kind) {
    case 'none':
      return withoutSuggestion(world, ca.why)
    case 'waiting':
      return rest(ca.why)
    case 'silent':
      if (now < ca.until) return { ...withoutSuggestion(world, 'the CA suggests no renewal times'), wakeAt: ca.until }
      break
    case 'asked':
      break
  }
  if (leaf === undefined) return rest('there is nothing yet that this CA issued')
  // RFC 9773 §4.3: not to be asked about any more.
  if (now > leaf.notAfter) return rest('the certificate has expired')
  if (asked !== undefined && now < asked.nextAt && !isAboutEarlier(asked.at, leaf, now)) {
    return { actions: [], wakeAt: asked.nextAt, because: 'the CA was asked' }
  }
  // Looked at once more after the question, for when the CA wants the next: nothing else might wake us.
  return { actions: [{ do: 'ask', certId: leaf.certId }], wakeAt: now, because: 'the CA is to be asked when to renew' }
}

/** The answer is older than the certificate: somebody put another one into the Secret. A CA whose clock is ahead of ours proves nothing. */
function isAboutEarlier(askedAt: Instant, { notBefore }: IssuedLeaf, now: Instant): boolean {
  return askedAt < notBefore && notBefore <= now
}

function withoutSuggestion({ certificate }: World, because: string): Plan<Action> {
  return { actions: certificate.status?.acme === undefined ? [] : [{ do: 'clear' }], because }
}

function rest(because: string): Plan<Action> {
  return { actions: [], because }
}
