import type { Testbed } from '../testbed/testbed.ts'

/** Requests that the API server has counted, by `verb resource` (`verb resource/subresource`); `conflicts` are its 409 answers, by the same. */
export interface ApiCounters {
  readonly byKind: ReadonlyMap<string, number>
  readonly conflicts: ReadonlyMap<string, number>
}

const writing = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE'])
const sample = /^apiserver_request_total\{(.*)\} (\S+)$/gm
const label = /(\w+)="([^"]*)"/g

/** Reads the API server's own counters. */
export async function readApiCounters(testbed: Testbed): Promise<ApiCounters> {
  const { stdout, code, stderr } = await testbed.kubectl(['get', '--raw', '/metrics'])
  if (code !== 0) throw new Error(`the API server gives no metrics: ${stderr}`)
  const byKind = new Map<string, number>()
  const conflicts = new Map<string, number>()
  for (const [, labelText = '', value] of stdout.matchAll(sample)) {
    const labels = Object.fromEntries([...labelText.matchAll(label)].map(([, name, text]) => [name, text]))
    const { verb = '', resource = '', subresource = '', code: status = '' } = labels
    const kind = `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`
    if (status === '409') conflicts.set(kind, (conflicts.get(kind) ?? 0) + Number(value))
    byKind.set(kind, (byKind.get(kind) ?? 0) + Number(value))
  }
  return { byKind, conflicts }
}

/** What was counted between two readings. */
export function countedBetween(before: ApiCounters, after: ApiCounters): ApiCounters {
  return { byKind: increase(before.byKind, after.byKind), conflicts: increase(before.conflicts, after.conflicts) }
}

function increase(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...after].map(([kind, count]) => [kind, count - (before.get(kind) ?? 0)] as const).filter(([, count]) => count > 0))
}

const notObjects = /^(events|leases|selfsubjectaccessreviews|selfsubjectreviews|subjectaccessreviews|tokenreviews|serviceaccounts\/token)$/

/** Of these, the writes of objects: no reads, no Events, no Lease, no questions about permissions. */
export function objectWrites({ byKind }: ApiCounters): ReadonlyMap<string, number> {
  return new Map(
    [...byKind].filter(([kind]) => {
      const [verb = '', resource = ''] = kind.split(' ')
      return writing.has(verb) && !notObjects.test(resource)
    }),
  )
}
