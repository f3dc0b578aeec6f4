import type { KubeObject, ObjectMeta, Resource } from '../crds/resource.ts'
import { createInformer } from './informer.ts'
import type { InformerParts, RunningInformer } from './informer.ts'
import type { Informer, InformerOptions } from './lister.ts'

/** All informers of the process. */
export interface InformerCache extends WriteEcho {
  /** A new informer; after `start` it starts at once. */
  readonly informer: <T extends KubeObject>(resource: Resource<T>, options?: InformerOptions<T>) => Informer<T>
  /**
   * Lists and watches until `signal` is aborted. Resolves when every informer has its first list, and says in the log what is
   * still awaited when that takes long. Rejects only with the signal's reason.
   */
  readonly start: (signal: AbortSignal) => Promise<void>
}

/** Takes the answers to our own writes, so that the next read sees them. */
export interface WriteEcho {
  readonly wrote: (resource: Resource<KubeObject>, object: KubeObject) => void
  readonly deleted: (resource: Resource<KubeObject>, metadata: ObjectMeta) => void
}

type AnyInformer = Omit<RunningInformer<KubeObject>, 'informer'>

export interface InformerCacheOptions extends InformerParts {
  /** When the log says for the first time what is still awaited. Default 10,000. */
  readonly reportAfterMs?: number
}

/** The cache, empty until it is started. */
export function createInformerCache(parts: InformerCacheOptions): InformerCache {
  const running: AnyInformer[] = []
  let started: AbortSignal | undefined

  function reading(resource: Resource<KubeObject>): readonly AnyInformer[] {
    return running.filter(
      ({ resource: { group, plural, version } }) => group === resource.group && plural === resource.plural && version === resource.version,
    )
  }

  return {
    informer: <T extends KubeObject>(resource: Resource<T>, options: InformerOptions<T> = {}) => {
      if (options.labelSelector !== undefined && options.admits === undefined) {
        throw new TypeError(`an informer of ${resource.plural} with a labelSelector needs admits`)
      }
      const created = createInformer(resource, options, parts)
      running.push(created)
      if (started !== undefined) void created.run(started)
      return created.informer
    },
    start: async (signal) => {
      started = signal
      for (const informer of running) void informer.run(signal)
      await allListed(running, parts, signal)
    },
    wrote: (resource, object) => {
      for (const informer of reading(resource)) informer.wrote(object)
    },
    deleted: (resource, metadata) => {
      for (const informer of reading(resource)) informer.deleted(metadata)
    },
  }
}

const FIRST_REPORT_AFTER = 10_000
const NEXT_REPORTS_AFTER = 30_000

async function allListed(
  running: readonly AnyInformer[],
  { log, reportAfterMs }: InformerCacheOptions,
  signal: AbortSignal,
): Promise<void> {
  const stopped = Promise.withResolvers<never>()
  const stop = (): void => stopped.reject(signal.reason)
  const awaited = new Set(running)
  const report = (): void => {
    const kinds = [...awaited].map(({ resource, trouble }) => ({ kind: resource.kind, group: resource.group, why: trouble() }))
    log.warn({ awaited: kinds }, 'still waiting for the first list of some kinds')
    timer = setTimeout(report, NEXT_REPORTS_AFTER)
  }
  let timer = setTimeout(report, reportAfterMs ?? FIRST_REPORT_AFTER)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    const lists = running.map((informer) => informer.firstList.then(() => awaited.delete(informer)))
    await Promise.race([Promise.all(lists), stopped.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
