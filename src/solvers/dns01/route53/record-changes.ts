import type { Change, ResourceRecordSet } from '@aws-sdk/client-route-53'
import type { TxtRecord } from '../dns-provider.ts'
import { quotedText } from '../quoted-text.ts'

/** Seconds. */
const TTL = 10

/** Makes the record set of one value, or leaves it as it is. */
export function upsertOf(record: TxtRecord): Change {
  return { Action: 'UPSERT', ResourceRecordSet: ownSet(record) }
}

/** Deletes the record set of one value, as `upsertOf` makes it. */
export function deletionOf(record: TxtRecord): Change {
  return { Action: 'DELETE', ResourceRecordSet: ownSet(record) }
}

/**
 * Puts the value into the plain record set of this name; undefined when there is none to put it into. The deletion names what was read:
 * if somebody has changed it since, the whole batch is refused and nothing of theirs is lost.
 */
export function joining(sets: readonly ResourceRecordSet[], record: TxtRecord): readonly Change[] | undefined {
  const plain = sets.find(isPlain)
  if (plain === undefined) return undefined
  const others = valuesOf(plain)
  if (others.includes(quotedText(record.value))) return []
  return replaced(plain, [...others, quotedText(record.value)])
}

/** Takes the value out of whichever record sets hold it; nothing when none does. */
export function leaving(sets: readonly ResourceRecordSet[], record: TxtRecord): readonly Change[] {
  const ours = quotedText(record.value)
  return sets
    .filter((set) => valuesOf(set).includes(ours))
    .flatMap((set) => {
      const others = valuesOf(set).filter((value) => value !== ours)
      return others.length === 0 ? [{ Action: 'DELETE', ResourceRecordSet: set } as const] : replaced(set, others)
    })
}

/** The identifier is the value, as in the record sets of cert-manager, so that each of the two can withdraw what the other has published. */
function ownSet({ name, value }: TxtRecord): ResourceRecordSet {
  return {
    Name: `${name}.`,
    Type: 'TXT',
    TTL,
    MultiValueAnswer: true,
    SetIdentifier: quotedText(value),
    ResourceRecords: [{ Value: quotedText(value) }],
  }
}

function replaced(set: ResourceRecordSet, values: readonly string[]): readonly Change[] {
  return [
    { Action: 'DELETE', ResourceRecordSet: set },
    { Action: 'UPSERT', ResourceRecordSet: { ...set, ResourceRecords: values.map((value) => ({ Value: value })) } },
  ]
}

function isPlain(set: ResourceRecordSet): boolean {
  return set.SetIdentifier === undefined
}

function valuesOf(set: ResourceRecordSet): readonly string[] {
  return (set.ResourceRecords ?? []).flatMap(({ Value: value }) => (value === undefined ? [] : [value]))
}
