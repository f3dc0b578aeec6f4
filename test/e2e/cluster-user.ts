import type { Certificate, CertificateSpec } from '../../src/crds/certificate.ts'
import type { CertificateRequest } from '../../src/crds/certificate-request.ts'
import type { KubeObject, ObjectMeta, ObjectName, Resource } from '../../src/crds/resource.ts'
import { certificateRequests, certificates } from '../../src/crds/resources.ts'
import type { Cluster, New } from '../../src/kube/cluster.ts'
import { isKubeApiError } from '../../src/kube/kube-api-error.ts'
import { events, namespaces, secrets } from '../../src/kube/kinds.ts'
import type { Event, Secret } from '../../src/kube/kinds.ts'
import type { Testbed } from '../testbed/testbed.ts'
import { waitFor } from './wait-for.ts'

/** What the user of one namespace does and sees. Everything is read live, past all caches. */
export interface ClusterUser {
  readonly namespace: string
  readonly create: <T extends KubeObject>(resource: Resource<T>, name: string, object: Draft<T>) => Promise<T>
  readonly createCertificate: (name: string, spec: CertificateSpec, annotations?: Readonly<Record<string, string>>) => Promise<Certificate>
  /** Throws when there is none. */
  readonly get: <T extends KubeObject>(resource: Resource<T>, name: string) => Promise<T>
  readonly find: <T extends KubeObject>(resource: Resource<T>, name: string) => Promise<T | undefined>
  readonly list: <T extends KubeObject>(resource: Resource<T>) => Promise<readonly T[]>
  /** A merge patch, over whatever anybody else writes meanwhile. */
  readonly edit: <T extends KubeObject>(resource: Resource<T>, name: string, patch: object) => Promise<T>
  /** Writes into the status, as other programs do. */
  readonly editStatus: <T extends KubeObject & { readonly status?: unknown }>(
    resource: Resource<T>,
    name: string,
    change: (object: T) => T['status'],
  ) => Promise<T>
  readonly remove: <T extends KubeObject>(resource: Resource<T>, name: string) => Promise<void>
  /** Waits for an object that fulfills `is`. */
  readonly until: <T extends KubeObject>(resource: Resource<T>, name: string, is: (object: T) => boolean, within?: number) => Promise<T>
  /** Waits until a Certificate is done, as clients of the API do, and stands on this revision or a later one. */
  readonly untilReady: (name: string, revision?: number) => Promise<Certificate>
  readonly request: (name: string) => Promise<CertificateRequest>
  readonly secret: (name: string) => Promise<Secret>
  /** Waits for an Event with this reason about the object of that name. */
  readonly untilEvent: (name: string, reason: string) => Promise<Event>
  readonly events: (name: string) => Promise<readonly Event[]>
}

/** An object without the parts that its place gives it. */
type Draft<T extends KubeObject> = Omit<New<T>, 'metadata'> & { readonly metadata?: Partial<ObjectMeta> }

const signal = new AbortController().signal
const FIELD_MANAGER = 'user'

/** Makes a namespace, called after `title`, and its user. */
export async function newUser(testbed: Testbed, cluster: Cluster, title: string): Promise<ClusterUser> {
  const namespace = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  await cluster.create(namespaces, { metadata: { name: namespace } }, { fieldManager: FIELD_MANAGER }, signal)
  return userOf(cluster, namespace, testbed)
}

/** The user of a namespace that is there already. */
export function userOf(cluster: Cluster, namespace: string, testbed: Testbed): ClusterUser {
  const nameOf = (name: string): ObjectName => ({ namespace, name })
  const find: ClusterUser['find'] = (resource, name) => cluster.get(resource, nameOf(name), signal)
  const get: ClusterUser['get'] = async (resource, name) => {
    const found = await find(resource, name)
    if (found === undefined) throw new Error(`${resource.kind} ${namespace}/${name} does not exist`)
    return found
  }
  const create = <T extends KubeObject>(resource: Resource<T>, name: string, object: Draft<T>): Promise<T> =>
    cluster.create(
      resource,
      { ...object, metadata: { ...object.metadata, ...nameOf(name) } } as unknown as New<T>,
      { fieldManager: FIELD_MANAGER },
      signal,
    )
  const until: ClusterUser['until'] = (resource, name, is, within) =>
    untilObject({ what: `${resource.kind} ${namespace}/${name}`, within }, () => find(resource, name), is)
  const list: ClusterUser['list'] = (resource) => cluster.list(resource, { namespace }, signal)
  const eventsAbout = (name: string) => cluster.list(events, { namespace, fieldSelector: `involvedObject.name=${name}` }, signal)
  return {
    namespace,
    find,
    get,
    create,
    until,
    list,
    createCertificate: (name, spec, annotations = {}) => create(certificates, name, { spec, metadata: { annotations } }),
    edit: (resource, name, patch) =>
      insistently(async () => cluster.patch(resource, await get(resource, name), patch, { fieldManager: FIELD_MANAGER }, signal)),
    editStatus: (resource, name, change) =>
      insistently(async () => {
        const object = await get(resource, name)
        return cluster.patchStatus(resource, object, change(object), { fieldManager: FIELD_MANAGER }, signal)
      }),
    remove: async (resource, name) => cluster.delete(resource, await get(resource, name), signal),
    untilReady: (name, revision = 1) =>
      until(certificates, name, (certificate) => isDone(certificate) && (certificate.status?.revision ?? 0) >= revision),
    request: (name) => get(certificateRequests, name),
    secret: (name) => get(secrets, name),
    events: eventsAbout,
    untilEvent: (name, reason) => untilEvent(testbed, { what: `${namespace}/${name}`, reason }, () => eventsAbout(name)),
  }
}

/** Ready for this generation, not Issuing, no next key: what clients of the API wait for. */
export function isDone({ metadata, status }: Certificate): boolean {
  const ready = conditionOf(status, 'Ready')
  return (
    ready?.status === 'True' &&
    ready.observedGeneration === metadata.generation &&
    conditionOf(status, 'Issuing')?.status !== 'True' &&
    status?.nextPrivateKeySecretName === undefined
  )
}

/** Whatever has conditions. */
export interface Conditioned {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** One condition of any status that has some. */
export function conditionOf<C extends { readonly type: string }>(
  status: { readonly conditions?: readonly C[] } | undefined,
  type: string,
): C | undefined {
  return status?.conditions?.find((condition) => condition.type === type)
}

async function untilObject<T extends KubeObject>(
  about: { readonly what: string; readonly within: number | undefined },
  find: () => Promise<T | undefined>,
  is: (object: T) => boolean,
): Promise<T> {
  let last: (T & { readonly status?: unknown }) | undefined
  try {
    return await waitFor(
      about.what,
      async () => {
        last = await find()
        return last !== undefined && is(last) ? last : undefined
      },
      about.within,
    )
  } catch (error) {
    throw new Error(`${about.what} did not become as expected; its status: ${JSON.stringify(last?.status)}`, { cause: error })
  }
}

async function untilEvent(
  testbed: Testbed,
  about: { readonly what: string; readonly reason: string },
  read: () => Promise<readonly Event[]>,
): Promise<Event> {
  let seen: readonly Event[] = []
  try {
    return await waitFor(about.what, async () => {
      seen = await read()
      return seen.find((event) => event.reason === about.reason)
    })
  } catch (error) {
    const reasons = seen.map(({ reason }) => reason).join(', ')
    throw new Error(`no Event ${about.reason} about ${about.what}, only: ${reasons} (logs: ${testbed.folder})`, { cause: error })
  }
}

/** Other programs write too: what was read is out of date now and then. */
async function insistently<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write()
    } catch (error) {
      if (!isKubeApiError(error, 'Conflict')) throw error
    }
  }
}
