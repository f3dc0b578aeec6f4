import { injectionEvent } from '../../crds/reasons.ts'
import { earliest, HOUR, MINUTE, plus, type Instant } from '../../lib/instant.ts'
import { mergedCaBundle } from '../../pki/ca-bundle.ts'
import type { Plan } from '../../runtime/reconciler.ts'
import type { Bundle } from './target-kinds.ts'
import type { Announcement, CaReading, World } from './world.ts'

export type Action =
  /** Tells why there is nothing to inject. */
  | { readonly do: 'announce'; readonly announcement: Announcement }
  /** Writes these bundles; none is empty. */
  | { readonly do: 'inject'; readonly bundles: readonly Bundle[]; readonly message: string }
  /** The trouble that was told about is over. */
  | { readonly do: 'forget-trouble' }

/** What is to be done now for one object that asks for a CA. Whatever the trouble with its source: the bundles that it has stay. */
export function decide(world: World, now: Instant): Plan<Action> {
  const { target, ca } = world
  if (target.object.metadata.deletionTimestamp !== undefined) return { actions: [], because: 'the object is being deleted' }
  if (target.bundles.length === 0) return { actions: [], because: 'nothing in the object takes a CA' }
  if (ca.kind === 'unavailable') return announce(world, ca.announcement)
  if (ca.certificates.every(({ notAfter }) => notAfter < now)) return announce(world, expired(ca.from))
  return inject(world, ca, now)
}

function inject(world: World, ca: Extract<CaReading, { kind: 'ok' }>, now: Instant): Plan<Action> {
  const { target, earlier } = world
  const merged = target.bundles.map((_, at) => mergedCaBundle(earlier[at] ?? [], ca.certificates, now))
  const bundles = target.bundles.map(({ of }, at) => ({ of, caBundle: Buffer.from(merged[at]?.pem ?? '').toString('base64') }))
  const isThere = target.bundles.every(({ caBundle }, at) => caBundle === bundles[at]?.caBundle)
  const wakeAt = nextLook(earliest(...merged.map(({ expiresAt }) => expiresAt)), ca, now)
  const waking = wakeAt === undefined ? {} : { wakeAt }
  if (isThere) return { actions: world.told === undefined ? [] : [{ do: 'forget-trouble' }], because: 'the CA is there', ...waking }
  const writes = world.writtenAt.filter((at) => at > now - MINUTE)
  const [first] = writes
  if (first !== undefined && writes.length >= MOST_WRITES) return { ...announce(world, contested), wakeAt: plus(first, MINUTE) }
  const message = `Injected the CA of ${ca.from}`
  return { actions: [{ do: 'inject', bundles, message }], because: message, ...waking }
}

/** So often within a minute. More only happens when another program takes back what we write, and would never end. */
export const MOST_WRITES = 5

const contested: Announcement = {
  type: 'Warning',
  reason: injectionEvent.contested,
  message: 'No CA is injected for a minute: another program takes it out each time',
}

/** When a CA is to be taken out, or when what nobody watches is to be read again. */
function nextLook(expiresAt: Instant | undefined, { isUnwatched }: { readonly isUnwatched: boolean }, now: Instant): Instant | undefined {
  // In its last millisecond it is still valid.
  return earliest(expiresAt === undefined ? undefined : plus(expiresAt, 1), isUnwatched ? plus(now, HOUR) : undefined)
}

function expired(from: string): Announcement {
  return { type: 'Warning', reason: injectionEvent.invalidCa, message: `No CA is injected: that of ${from} has expired` }
}

function announce({ told }: World, announcement: Announcement): Plan<Action> {
  const isTold = told?.reason === announcement.reason && told.message === announcement.message
  return { actions: isTold ? [] : [{ do: 'announce', announcement }], because: announcement.message }
}
