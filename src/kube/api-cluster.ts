import { apiVersionOf } from '../crds/resource.ts'
import type { KubeObject, ObjectMeta, ObjectName, Resource } from '../crds/resource.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { Redacted } from '../lib/redacted.ts'
import type { ApiCall, Cluster, ListOptions } from './cluster.ts'
import type { WriteEcho } from './informer-cache.ts'
import { serviceAccounts } from './kinds.ts'
import { isKubeApiError } from './kube-api-error.ts'
import { mergePatch } from './merge-patch.ts'
import type { KubeRequest, Transport } from './transport.ts'

export interface ClusterParts {
  readonly transport: Transport
  /** Where the answers to writes go. */
  readonly cache: WriteEcho
  /** Asked before each write; false: `kube/NotLeader` is thrown instead. A process that was frozen learns here that it lost the lease. */
  readonly mayWrite?: () => boolean
}

const MERGE_PATCH = 'application/merge-patch+json'
const APPLY_PATCH = 'application/apply-patch+yaml'

/** The cluster as one API server shows it. */
export function createCluster({ transport, cache, mayWrite = () => true }: ClusterParts): Cluster {
  async function write<T extends KubeObject>(request: KubeRequest & { readonly resource: Resource<T> }, signal: AbortSignal): Promise<T> {
    refuseUnlessLeader(mayWrite, request)
    const written = typed<T>(await transport.request(request, signal), request.resource)
    cache.wrote(request.resource, written)
    return written
  }

  async function get<T extends KubeObject>(resource: Resource<T>, name: ObjectName, signal: AbortSignal): Promise<T | undefined> {
    try {
      return typed<T>(await transport.request({ verb: 'get', resource, ...placeOf(name) }, signal), resource)
    } catch (error) {
      if (isKubeApiError(error, 'NotFound')) return undefined
      throw error
    }
  }

  return {
    get,
    list: (resource, options, signal) => listAll(transport, resource, options, signal),
    create: (resource, object, { fieldManager }, signal) =>
      write(
        {
          verb: 'create',
          resource,
          ...scopeOf(object.metadata),
          query: { fieldManager },
          body: { ...object, ...typeOf(resource) },
        },
        signal,
      ),
    apply: (resource, object, { fieldManager, force }, signal) =>
      write(
        {
          verb: 'apply',
          resource,
          ...placeOf(object.metadata),
          query: { fieldManager, force: force === true ? 'true' : undefined },
          contentType: APPLY_PATCH,
          body: { ...object, ...typeOf(resource) },
        },
        signal,
      ),
    patchStatus: async (resource, current, status, { fieldManager }, signal) => {
      const change = statusChange(current.status, status)
      if (change === undefined) return current
      return await write(
        {
          verb: 'patch',
          resource,
          ...placeOf(current.metadata),
          subresource: 'status',
          query: { fieldManager },
          contentType: MERGE_PATCH,
          body: { metadata: preconditionOf(current.metadata), ...change },
        },
        signal,
      )
    },
    patch: (resource, current, patch, { fieldManager }, signal) =>
      write(
        {
          verb: 'patch',
          resource,
          ...placeOf(current.metadata),
          query: { fieldManager },
          contentType: MERGE_PATCH,
          body: withPrecondition(patch, current.metadata),
        },
        signal,
      ),
    delete: async (resource, { metadata }, signal) => {
      if (metadata.uid === undefined) throw new TypeError(`delete ${resource.plural}: the object has no uid`)
      const request: KubeRequest = {
        verb: 'delete',
        resource,
        ...placeOf(metadata),
        body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions: { uid: metadata.uid } },
      }
      refuseUnlessLeader(mayWrite, request)
      try {
        const answer = (await transport.request(request, signal)) as KubeObject
        // With finalizers the object is answered, marked as being deleted; otherwise a Status.
        if (answer.kind === 'Status') cache.deleted(resource, metadata)
        else cache.wrote(resource, typed(answer, resource))
      } catch (error) {
        if (!isKubeApiError(error, 'NotFound') && !isKubeApiError(error, 'Conflict')) throw error
        // A conflict may be the UID precondition, or a writer who was quicker: only another UID means that ours is gone.
        const there = isKubeApiError(error, 'NotFound') ? undefined : await get(resource, metadata, signal)
        if (there?.metadata.uid === metadata.uid) throw error
        cache.deleted(resource, metadata)
      }
    },
    serviceAccountToken: (serviceAccount, audiences, signal) => requestToken(transport, serviceAccount, audiences, signal),
    callApi: async (call, signal) => {
      const request = aggregated(call)
      refuseUnlessLeader(mayWrite, request)
      return await transport.request(request, signal)
    },
  }
}

/** The API server itself gives up after a minute by default, and then says why. */
const AGGREGATED_DEADLINE = 70_000

function aggregated({ group, version, resource, body }: ApiCall): KubeRequest {
  return {
    verb: 'create',
    resource: { group, version, kind: resource, plural: resource, namespaced: false },
    body,
    deadlineMs: AGGREGATED_DEADLINE,
    countedAs: 'aggregated',
  }
}

async function requestToken(
  transport: Transport,
  serviceAccount: ObjectName,
  audiences: readonly string[],
  signal: AbortSignal,
): Promise<Redacted<string>> {
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    // The least that the API server accepts.
    spec: { audiences, expirationSeconds: 600 },
  }
  const request: KubeRequest = { verb: 'create', resource: serviceAccounts, ...placeOf(serviceAccount), subresource: 'token', body }
  const answer = (await transport.request(request, signal)) as { readonly status?: { readonly token?: string } }
  return new Redacted(answer.status?.token ?? '')
}

async function listAll<T extends KubeObject>(
  transport: Transport,
  resource: Resource<T>,
  options: ListOptions,
  signal: AbortSignal,
): Promise<readonly T[]> {
  const objects: T[] = []
  let token: string | undefined
  do {
    const { labelSelector, fieldSelector } = options
    const page = (await transport.request(
      {
        verb: 'list',
        resource,
        namespace: options.namespace,
        query: { labelSelector, fieldSelector, limit: '500', continue: token },
      },
      signal,
    )) as { readonly metadata?: { readonly continue?: string }; readonly items?: readonly KubeObject[] }
    for (const item of page.items ?? []) objects.push(typed<T>(item, resource))
    token = page.metadata?.continue === '' ? undefined : page.metadata?.continue
  } while (token !== undefined)
  return objects
}

/** The difference below `status`; a status that goes away as a whole is null. */
function statusChange(before: unknown, after: unknown): object | undefined {
  return mergePatch({ status: before }, { status: after })
}

function preconditionOf(metadata: ObjectMeta): { readonly resourceVersion: string } {
  if (metadata.resourceVersion === undefined) throw new TypeError(`patch ${metadata.name}: the object has no resourceVersion`)
  return { resourceVersion: metadata.resourceVersion }
}

function withPrecondition(patch: object, metadata: ObjectMeta): object {
  const inner = 'metadata' in patch && typeof patch.metadata === 'object' ? patch.metadata : {}
  return { ...patch, metadata: { ...inner, ...preconditionOf(metadata) } }
}

function refuseUnlessLeader(mayWrite: () => boolean, { verb, resource }: KubeRequest): void {
  if (mayWrite()) return
  throw new OperatorError('kube/NotLeader', `${verb} ${resource.plural}: another replica is the leader`, { retry: { kind: 'never' } })
}

/** Items of lists do not say their kind. */
function typed<T extends KubeObject>(answer: unknown, resource: Resource<T>): T {
  return { ...(answer as T), ...typeOf(resource) }
}

function typeOf(resource: Resource<KubeObject>): { readonly apiVersion: string; readonly kind: string } {
  return { apiVersion: apiVersionOf(resource), kind: resource.kind }
}

function placeOf({ namespace, name }: ObjectName): { readonly namespace: string | undefined; readonly name: string } {
  return { namespace, name }
}

function scopeOf({ namespace }: ObjectMeta): { readonly namespace: string | undefined } {
  return { namespace }
}
