import type { KubeObject, ObjectMeta, Resource } from '../../crds/resource.ts'
import type { Cluster, New } from '../../kube/cluster.ts'
import {
  apiServices,
  customResourceDefinitions,
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
  type APIService,
  type CustomResourceDefinition,
  type WebhookConfiguration,
} from '../../kube/ca-bundle-kinds.ts'
import { keyOf, type ObjectKey } from '../../runtime/object-key.ts'

/** A kind of object that CAs are injected into. */
export interface TargetKind {
  readonly resource: Resource<KubeObject>
  readonly read: (cluster: Pick<Cluster, 'get'>, name: string, signal: AbortSignal) => Promise<Target | undefined>
  /** Applies these bundles and nothing else, unless the object has changed since it was read. */
  readonly write: (cluster: Pick<Cluster, 'apply'>, target: Target, bundles: readonly Bundle[], signal: AbortSignal) => Promise<void>
}

/** One object, and the places in it that want a bundle; there may be none, as in a CRD without conversion webhook. */
export interface Target {
  /** The plural of its kind. */
  readonly plural: string
  readonly object: KubeObject
  readonly bundles: readonly Bundle[]
}

export interface Bundle {
  /** The webhook; empty in kinds that have one place only. */
  readonly of: string
  /** PEM, base64; empty: there is none yet. */
  readonly caBundle: string
}

/** Keys are `plural/name`: there is one queue for all kinds, whose names do not tell them apart. */
export function targetKey({ plural, object }: Pick<Target, 'plural' | 'object'>): ObjectKey {
  return keyOf({ namespace: plural, name: object.metadata.name })
}

/** The incumbent's, so that either takes over from the other what it applied; tools are told to leave fields of this manager alone. */
const FIELD_MANAGER = 'cert-manager-cainjector'

const apiServiceShape: Shape<APIService> = {
  resource: apiServices,
  // One without Service is served by the API server itself and may not have a bundle.
  bundlesIn: ({ spec }) => (spec?.service === undefined ? [] : [{ of: '', caBundle: spec.caBundle ?? '' }]),
  applied: (metadata, [bundle]) => ({ metadata, spec: { caBundle: bundle?.caBundle ?? '' } }),
}

const crdShape: Shape<CustomResourceDefinition> = {
  resource: customResourceDefinitions,
  bundlesIn: ({ spec }) => {
    const { strategy, webhook } = spec?.conversion ?? {}
    return strategy === 'Webhook' ? [{ of: '', caBundle: webhook?.clientConfig?.caBundle ?? '' }] : []
  },
  applied: (metadata, [bundle]) => ({
    metadata,
    spec: { conversion: { webhook: { clientConfig: { caBundle: bundle?.caBundle ?? '' } } } },
  }),
}

/** By their plurals. */
export const targetKinds = {
  validatingwebhookconfigurations: targetKind(webhookShape(validatingWebhookConfigurations)),
  mutatingwebhookconfigurations: targetKind(webhookShape(mutatingWebhookConfigurations)),
  apiservices: targetKind(apiServiceShape),
  customresourcedefinitions: targetKind(crdShape),
} as const satisfies Readonly<Record<string, TargetKind>>

interface Shape<T extends KubeObject> {
  readonly resource: Resource<T>
  readonly bundlesIn: (object: T) => readonly Bundle[]
  readonly applied: (metadata: ObjectMeta, bundles: readonly Bundle[]) => New<T>
}

function webhookShape(resource: Resource<WebhookConfiguration>): Shape<WebhookConfiguration> {
  return {
    resource,
    bundlesIn: ({ webhooks = [] }) => webhooks.map(({ name, clientConfig }) => ({ of: name, caBundle: clientConfig?.caBundle ?? '' })),
    applied: (metadata, bundles) => ({ metadata, webhooks: bundles.map(({ of, caBundle }) => ({ name: of, clientConfig: { caBundle } })) }),
  }
}

function targetKind<T extends KubeObject>({ resource, bundlesIn, applied }: Shape<T>): TargetKind {
  return {
    resource,
    read: async (cluster, name, signal) => {
      const object = await cluster.get(resource, { name }, signal)
      return object === undefined ? undefined : { plural: resource.plural, object, bundles: bundlesIn(object) }
    },
    write: async (cluster, { object }, bundles, signal) => {
      const { name, resourceVersion } = object.metadata
      const metadata = { name, ...(resourceVersion === undefined ? {} : { resourceVersion }) }
      await cluster.apply(resource, applied(metadata, bundles), { fieldManager: FIELD_MANAGER, force: true }, signal)
    },
  }
}
