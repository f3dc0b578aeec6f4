import type { KubeObject, Resource } from '../crds/resource.ts'

/** Kinds that tell the API server whom to call, and which CAs to trust for it. */

/** Of both webhook configurations, what they have in common. */
export interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig?: CallConfig }[]
}

/** Whom the API server calls, and the CAs that it trusts for it: PEM, base64. */
export interface CallConfig {
  readonly url?: string
  readonly service?: { readonly namespace?: string; readonly name?: string; readonly path?: string; readonly port?: number }
  readonly caBundle?: string
}

export const validatingWebhookConfigurations: Resource<WebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  namespaced: false,
}

export const mutatingWebhookConfigurations: Resource<WebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  namespaced: false,
}

export interface APIService extends KubeObject {
  readonly spec?: {
    readonly group?: string
    readonly version?: string
    readonly service?: CallConfig['service']
    readonly caBundle?: string
    readonly insecureSkipTLSVerify?: boolean
    readonly groupPriorityMinimum?: number
    readonly versionPriority?: number
  }
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

export const apiServices: Resource<APIService> = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  namespaced: false,
}

/** Of a CRD, the conversion between its versions. */
export interface CustomResourceDefinition extends KubeObject {
  readonly spec?: { readonly conversion?: { readonly strategy?: string; readonly webhook?: { readonly clientConfig?: CallConfig } } }
}

export const customResourceDefinitions: Resource<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
}
