import { newAuthority } from './certificates.ts'
import type { PemKeyPair } from './certificates.ts'
import type { Testbed } from './testbed.ts'

export interface AggregatedApi {
  readonly group: string
  /** The one resource that the service account below may create. */
  readonly resource: string
  readonly serviceAccount: { readonly namespace: string; readonly name: string }
  /** Where its server listens. */
  readonly address: string
  readonly port: number
}

/** Registers a server for `v1alpha1` of a group at the API server. Returns what it must show to be trusted. */
export async function registerAggregatedApi(testbed: Testbed, api: AggregatedApi): Promise<PemKeyPair> {
  const service = { namespace: 'default', name: api.group.replaceAll('.', '-') }
  const authority = await newAuthority(`${service.name}-ca`)
  await testbed.apply(JSON.stringify(manifests(api, service, authority.certificate)))
  return authority.sign(`CN=${service.name}`, [`${service.name}.${service.namespace}.svc`])
}

/** Waits until the API server has found the server. */
export async function untilServed(testbed: Testbed, group: string): Promise<void> {
  const served = await testbed.kubectl(['wait', '--for=condition=Available', '--timeout=120s', `apiservice/v1alpha1.${group}`])
  if (served.code !== 0) throw new Error(`the API group ${group} is not served: ${served.stderr}`)
}

function manifests(
  { group, resource, serviceAccount, address, port }: AggregatedApi,
  service: { readonly namespace: string; readonly name: string },
  ca: string,
): object {
  const rbac = 'rbac.authorization.k8s.io'
  const role = { kind: 'ClusterRole', name: `${service.name}:domain-solver` }
  const items = [
    { apiVersion: 'v1', kind: 'Service', metadata: service, spec: { ports: [{ name: 'https', port: 443, targetPort: port }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...service, labels: { 'kubernetes.io/service-name': service.name } },
      addressType: 'IPv4',
      ports: [{ name: 'https', port }],
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `v1alpha1.${group}` },
      spec: {
        group,
        version: 'v1alpha1',
        groupPriorityMinimum: 1000,
        versionPriority: 15,
        caBundle: Buffer.from(ca).toString('base64'),
        service: { ...service, port: 443 },
      },
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: role.kind,
      metadata: { name: role.name },
      rules: [{ apiGroups: [group], resources: [resource], verbs: ['create'] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: role.name },
      roleRef: { apiGroup: rbac, ...role },
      subjects: [{ kind: 'ServiceAccount', ...serviceAccount }],
    },
  ]
  return { apiVersion: 'v1', kind: 'List', items }
}
