import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { waitFor } from '../e2e/wait-for.ts'
import type { Testbed } from '../testbed/testbed.ts'
import { startTestbed } from '../testbed/testbed.ts'
import type { Helm, Ran } from './chart-helm.ts'
import { certManagerFile, chart, everythingFile, newHelm, ofKind, parseManifests, root, succeeded } from './chart-helm.ts'

let testbed: Testbed
let helm: Helm

beforeAll(async () => {
  testbed = await startTestbed({ name: 'chart' })
  helm = await newHelm({ folder: join(testbed.folder, 'helm'), kubeconfig: testbed.kubeconfig })
})

afterAll(() => testbed?.stop())

describe('on an API server', () => {
  test('helm installs it, upgrades it, and an uninstallation leaves the CRDs, Certificates and Secrets', async () => {
    const release = ['certwright', chart, '--namespace', 'cert-manager']
    succeeded(await helm.run(['install', ...release, '--create-namespace']))
    succeeded(await helm.run(['upgrade', ...release, '--set', 'replicaCount=2']))
    await established()
    await testbed.apply(certificate('kept', 'default'))
    await testbed.apply(stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'kept-tls', namespace: 'default' } }))

    succeeded(await helm.run(['uninstall', 'certwright', '--namespace', 'cert-manager']))
    succeeded(await kubectl(['get', 'certificate/kept', 'secret/kept-tls', '--namespace', 'default', '--output', 'name']))
    expect(await kubectl(['get', 'deployment', 'certwright', '--namespace', 'cert-manager'])).toMatchObject({ code: 1 })

    // A second installation takes over the CRDs that were kept.
    succeeded(await helm.run(['install', ...release]))
    succeeded(await helm.run(['uninstall', 'certwright', '--namespace', 'cert-manager']))
  })

  test.each([
    ['its defaults', []],
    ['every value set', ['--values', everythingFile]],
    ["a values file of cert-manager's chart", ['--values', certManagerFile]],
    ['one namespace only', ['--set', 'watchNamespace=tenant']],
  ])('helm template | kubectl apply is accepted with %s', async (_what, options) => {
    await testbed.apply(['cert-manager', 'operators', 'shop', 'tenant', 'monitoring'].map((name) => namespace(name)).join('---\n'))
    await testbed.apply(['ServiceMonitor', 'PodMonitor'].map(prometheusCrd).join('---\n'))
    await established()
    const stdout = await helm.template(options)
    // Client-side: the whole object becomes an annotation, which has a largest size that a CRD may not exceed.
    succeeded(await kubectl(['apply', '--filename', '-'], { input: stdout }))
  })

  test('the static manifest applies to an empty cluster, and a second time without a change', async () => {
    await using empty = await startTestbed({ name: 'chart-static' })
    const file = join(root, 'deploy', 'certwright.yaml')
    succeeded(await empty.kubectl(['apply', '--filename', file]))
    const stdout = succeeded(await empty.kubectl(['apply', '--filename', file]))
    expect(stdout.split('\n').filter((line) => line !== '' && !line.endsWith(' unchanged'))).toEqual([])
  })

  test('the pod is accepted where Pod Security enforces "restricted", and refused without its security context', async () => {
    await testbed.apply(namespace('guarded', { 'pod-security.kubernetes.io/enforce': 'restricted' }))
    await testbed.apply(serviceAccount('guarded', 'certwright'))
    const [deployment] = ofKind(parseManifests(await helm.template([])), 'Deployment')
    const template = (
      deployment as unknown as { readonly spec: { readonly template: { readonly spec: { readonly containers: readonly object[] } } } }
    ).spec.template
    const [container] = template.spec.containers
    const unprotected = { ...container, securityContext: {} }

    succeeded(await dryRunPod(template.spec))
    expect(await dryRunPod({ ...template.spec, containers: [unprotected] })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('violates PodSecurity "restricted'),
    })
  })
})

describe("the operator's service account", () => {
  beforeAll(async () => {
    await testbed.apply(['cert-manager', 'shop'].map((name) => namespace(name)).join('---\n'))
    await applyRendered(['--set', 'creator=static'])
    await established()
  })

  test.each([
    ['list secrets in any namespace', 'list', 'secrets', 'shop'],
    ['create secrets', 'create', 'secrets', 'shop'],
    ['patch secrets', 'patch', 'secrets', 'shop'],
    ['delete secrets', 'delete', 'secrets', 'shop'],
    ['watch Certificates', 'watch', 'certificates.cert-manager.io', 'shop'],
    ['create Certificates', 'create', 'certificates.cert-manager.io', 'shop'],
    ['patch Certificates', 'patch', 'certificates.cert-manager.io', 'shop'],
    ['delete Certificates', 'delete', 'certificates.cert-manager.io', 'shop'],
    ['patch the status of Certificates', 'patch', 'certificates.cert-manager.io/status', 'shop'],
    ['own objects through Certificates', 'update', 'certificates.cert-manager.io/finalizers', 'shop'],
    ['create CertificateRequests', 'create', 'certificaterequests.cert-manager.io', 'shop'],
    ['delete CertificateRequests', 'delete', 'certificaterequests.cert-manager.io', 'shop'],
    ['approve CertificateRequests', 'update', 'certificaterequests.cert-manager.io/status', 'shop'],
    ['approve for Issuers', 'approve', 'signers.cert-manager.io issuers.cert-manager.io/*', ''],
    ['approve for ClusterIssuers', 'approve', 'signers.cert-manager.io clusterissuers.cert-manager.io/*', ''],
    ['watch ClusterIssuers', 'watch', 'clusterissuers.cert-manager.io', ''],
    ['patch the status of Issuers', 'patch', 'issuers.cert-manager.io/status', 'shop'],
    ['patch the status of ClusterIssuers', 'patch', 'clusterissuers.cert-manager.io/status', ''],
    ['create Orders', 'create', 'orders.acme.cert-manager.io', 'shop'],
    ['create Challenges', 'create', 'challenges.acme.cert-manager.io', 'shop'],
    ['patch the finalizers of Challenges', 'patch', 'challenges.acme.cert-manager.io', 'shop'],
    ['own objects through Challenges', 'update', 'challenges.acme.cert-manager.io/finalizers', 'shop'],
    ['create Services', 'create', 'services', 'shop'],
    ['create EndpointSlices', 'create', 'endpointslices.discovery.k8s.io', 'shop'],
    ['put pod addresses into EndpointSlices on OpenShift', 'create', 'endpointslices.discovery.k8s.io/restricted', 'shop'],
    ['edit Ingresses', 'patch', 'ingresses.networking.k8s.io', 'shop'],
    ['watch Gateways', 'watch', 'gateways.gateway.networking.k8s.io', 'shop'],
    ['watch ListenerSets', 'watch', 'listenersets.gateway.networking.k8s.io', 'shop'],
    ['own objects through Ingresses', 'update', 'ingresses.networking.k8s.io/finalizers', 'shop'],
    ['own objects through Gateways', 'update', 'gateways.gateway.networking.k8s.io/finalizers', 'shop'],
    ['write Events', 'create', 'events', 'shop'],
    ['write Events of the newer group', 'patch', 'events.events.k8s.io', 'shop'],
    ['create a Lease', 'create', 'leases.coordination.k8s.io', 'kube-system'],
    ['renew its Lease', 'update', 'leases.coordination.k8s.io cert-manager-controller', 'kube-system'],
  ])('may %s', async (_what, verb, resource, where) => {
    await untilAllowed('cert-manager:certwright', verb, resource, where)
  })

  test.each([
    ['change CertificateRequests', 'update', 'certificaterequests.cert-manager.io', 'shop'],
    ['change Issuers', 'patch', 'issuers.cert-manager.io', 'shop'],
    ['change ClusterIssuers', 'update', 'clusterissuers.cert-manager.io', ''],
    ['approve for signers of others', 'approve', 'signers.cert-manager.io issuers.example.com/*', ''],
    ['change Gateways', 'patch', 'gateways.gateway.networking.k8s.io', 'shop'],
    ['read ConfigMaps', 'get', 'configmaps', 'shop'],
    ['read pods', 'get', 'pods', 'cert-manager'],
    ['create pods', 'create', 'pods', 'shop'],
    ['delete pods', 'delete', 'pods', 'shop'],
    ['run commands in pods', 'create', 'pods/exec', 'shop'],
    ['create Deployments', 'create', 'deployments.apps', 'shop'],
    ['read namespaces', 'list', 'namespaces', ''],
    ['delete namespaces', 'delete', 'namespaces', ''],
    ['read nodes', 'list', 'nodes', ''],
    ['make tokens of service accounts', 'create', 'serviceaccounts/token', 'shop'],
    ['impersonate users', 'impersonate', 'users', ''],
    ['read the Leases of others', 'get', 'leases.coordination.k8s.io kube-scheduler', 'kube-system'],
    ['renew the Leases of others', 'update', 'leases.coordination.k8s.io kube-scheduler', 'kube-system'],
    ['create Leases in other namespaces', 'create', 'leases.coordination.k8s.io', 'shop'],
    ['bind roles', 'create', 'clusterrolebindings.rbac.authorization.k8s.io', ''],
    ['create CRDs', 'create', 'customresourcedefinitions.apiextensions.k8s.io', ''],
    ['delete CRDs', 'delete', 'customresourcedefinitions.apiextensions.k8s.io', ''],
    ['delete many secrets at once', 'deletecollection', 'secrets', 'shop'],
  ])('may not %s', async (_what, verb, resource, where) => {
    expect(await isAllowed('cert-manager:certwright', verb, resource, where)).toBe(false)
  })

  test('may not approve when approval is left to something else', async () => {
    await testbed.apply(namespace('strict'))
    await applyRendered(['--set', 'creator=static,fullnameOverride=unapproving,namespace=strict,disableAutoApproval=true'])
    await untilAllowed('strict:unapproving', 'watch', 'certificaterequests.cert-manager.io', 'shop')
    expect(await isAllowed('strict:unapproving', 'approve', 'signers.cert-manager.io issuers.cert-manager.io/*', '')).toBe(false)
  })
})

describe('the service account of an operator for one namespace', () => {
  beforeAll(async () => {
    await testbed.apply(['tenant', 'tenant-operator'].map((name) => namespace(name)).join('---\n'))
    await applyRendered(['--set', 'creator=static,watchNamespace=tenant,namespace=tenant-operator'])
  })

  test.each([
    ['may list Secrets in its namespace', true, 'list', 'secrets', 'tenant'],
    ['may create CertificateRequests in its namespace', true, 'create', 'certificaterequests.cert-manager.io', 'tenant'],
    ['may approve in its namespace', true, 'approve', 'signers.cert-manager.io issuers.cert-manager.io/*', 'tenant'],
    ['may renew its Lease in its namespace', true, 'update', 'leases.coordination.k8s.io cert-manager-controller', 'tenant'],
    ['may not list Secrets elsewhere', false, 'list', 'secrets', 'default'],
    ['may not list Secrets of the namespace it runs in', false, 'list', 'secrets', 'tenant-operator'],
    ['may not see Certificates elsewhere', false, 'get', 'certificates.cert-manager.io', 'default'],
    ['may not see ClusterIssuers', false, 'list', 'clusterissuers.cert-manager.io', ''],
    ['may not touch the Lease in kube-system', false, 'get', 'leases.coordination.k8s.io cert-manager-controller', 'kube-system'],
  ])('%s', async (_what, answer, verb, resource, where) => {
    if (answer) await untilAllowed('tenant-operator:certwright', verb, resource, where)
    else expect(await isAllowed('tenant-operator:certwright', verb, resource, where)).toBe(false)
  })
})

describe('a user of the cluster', () => {
  beforeAll(async () => {
    await testbed.apply(['cert-manager', 'shop'].map((name) => namespace(name)).join('---\n'))
    await applyRendered(['--set', 'creator=static'])
    for (const role of ['view', 'edit', 'admin']) {
      await testbed.apply(serviceAccount('shop', role))
      await testbed.apply(roleBinding('shop', role))
    }
    // The controller of the aggregated roles adds our rules to the cluster's own.
    for (const role of ['edit', 'admin']) await untilAllowed(`shop:${role}`, 'create', 'certificates.cert-manager.io', 'shop')
    await untilAllowed('shop:view', 'list', 'orders.acme.cert-manager.io', 'shop')
  })

  test.each([
    ['view', 'may', 'get', 'certificates.cert-manager.io'],
    ['view', 'may', 'watch', 'challenges.acme.cert-manager.io'],
    ['view', 'may not', 'create', 'certificates.cert-manager.io'],
    ['view', 'may not', 'update', 'certificates.cert-manager.io/status'],
    ['view', 'may not', 'list', 'clusterissuers.cert-manager.io'],
    ...['edit', 'admin'].flatMap((role) => [
      [role, 'may', 'create', 'certificates.cert-manager.io'],
      [role, 'may', 'deletecollection', 'issuers.cert-manager.io'],
      [role, 'may', 'update', 'certificates.cert-manager.io/status'],
      [role, 'may', 'delete', 'orders.acme.cert-manager.io'],
      [role, 'may', 'patch', 'challenges.acme.cert-manager.io'],
      [role, 'may not', 'create', 'challenges.acme.cert-manager.io'],
      [role, 'may not', 'create', 'orders.acme.cert-manager.io'],
      [role, 'may not', 'update', 'orders.acme.cert-manager.io'],
      [role, 'may not', 'patch', 'certificaterequests.cert-manager.io/status'],
      [role, 'may not', 'create', 'clusterissuers.cert-manager.io'],
    ]),
  ])('with the role %s %s %s %s', async (role = '', answer, verb = '', resource = '') => {
    if (answer === 'may') await untilAllowed(`shop:${role}`, verb, resource, 'shop')
    else expect(await isAllowed(`shop:${role}`, verb, resource, 'shop')).toBe(false)
  })
})

function kubectl(args: readonly string[], options?: { readonly input: string }): Promise<Ran> {
  return testbed.kubectl(args, options)
}

async function applyRendered(options: readonly string[]): Promise<void> {
  await testbed.apply(await helm.template(options))
}

async function established(): Promise<void> {
  succeeded(await kubectl(['wait', '--for=condition=Established', '--timeout=120s', 'customresourcedefinitions', '--all']))
}

/** May this service account do that? `resource` is `plural[.group][/subresource]`, then a name if there is one. */
async function isAllowed(account: string, verb: string, resource: string, where: string): Promise<boolean> {
  const [typed = '', name = ''] = resource.split(' ')
  const [type = '', subresource = ''] = typed.split('/')
  const [plural, ...group] = type.split('.')
  const [accountNamespace = ''] = account.split(':')
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${account}`,
      groups: ['system:authenticated', 'system:serviceaccounts', `system:serviceaccounts:${accountNamespace}`],
      resourceAttributes: { verb, group: group.join('.'), resource: plural, subresource, name, namespace: where },
    },
  }
  const { status, body } = await testbed.request('/apis/authorization.k8s.io/v1/subjectaccessreviews', { send: review })
  expect({ status, body }).toMatchObject({ status: 201 })
  return (JSON.parse(body) as { readonly status: { readonly allowed: boolean } }).status.allowed
}

/** The API server learns of new rights a moment after they are written. */
async function untilAllowed(account: string, verb: string, resource: string, where: string): Promise<void> {
  await waitFor(`${account} may ${verb} ${resource}`, async () => ((await isAllowed(account, verb, resource, where)) ? true : undefined))
}

async function dryRunPod(spec: object): Promise<Ran> {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'certwright', namespace: 'guarded' }, spec }
  return kubectl(['create', '--dry-run=server', '--filename', '-'], { input: stringify(pod) })
}

function namespace(name: string, labels: object = {}): string {
  return stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
}

function serviceAccount(where: string, name: string): string {
  return stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: where } })
}

/** Gives the service account of the role's name the role of the cluster in one namespace. */
function roleBinding(where: string, role: string): string {
  return stringify({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: role, namespace: where },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name: role, namespace: where }],
  })
}

function certificate(name: string, where: string): string {
  return stringify({
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name, namespace: where },
    spec: { secretName: `${name}-tls`, dnsNames: ['shop.example.com'], issuerRef: { name: 'any' } },
  })
}

/** A stand-in for the CRD of the Prometheus operator: the API server takes any such object. */
function prometheusCrd(kind: string): string {
  const plural = `${kind.toLowerCase()}s`
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  return stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.monitoring.coreos.com` },
    spec: {
      group: 'monitoring.coreos.com',
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  })
}
