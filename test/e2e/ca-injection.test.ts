import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { certificates, issuers } from '../../src/crds/resources.ts'
import type { KubeObject, Resource } from '../../src/crds/resource.ts'
import {
  apiServices,
  customResourceDefinitions,
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
} from '../../src/kube/ca-bundle-kinds.ts'
import { secrets, type Event } from '../../src/kube/kinds.ts'
import type { New } from '../../src/kube/cluster.ts'
import { HOUR } from '../../src/lib/instant.ts'
import { userOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { aggregated, refusal, startApiExtension } from './api-extension.ts'
import type { ApiExtension } from './api-extension.ts'
import { certificateSpec } from './manifests.ts'
import { leavesNothingBehind, operatorUnderTest } from './operator-under-test.ts'
import { base64, textIn } from './stored.ts'
import { newTestCa } from './test-ca.ts'
import { waitFor } from './wait-for.ts'

const underTest = operatorUnderTest({ name: 'ca-injection' })
const signal = new AbortController().signal
let user: ClusterUser
let extension: ApiExtension

beforeAll(async () => {
  user = await underTest().user('shop')
  extension = await startApiExtension(underTest().testbed, user)
  await user.createCertificate('serving', certificateSpec('serving', { dnsNames: [extension.host] }))
  await user.untilReady('serving')
  extension.serveWith(await user.secret('serving'))
})
afterAll(() => extension[Symbol.asyncDispose]())

const fromServing = { 'cert-manager.io/inject-ca-from': 'shop/serving' }

describe('the API server calls by the injected CA', () => {
  test('an aggregated API', async () => {
    await clusterWide(apiServices, `${aggregated.version}.${aggregated.group}`, fromServing, {
      spec: { ...aggregated, service: extension.service, groupPriorityMinimum: 1_000, versionPriority: 10 },
    })
    await waitFor('the API is served', async () => {
      const { stdout } = await underTest().testbed.kubectl(['get', '--raw', `/apis/${aggregated.group}/${aggregated.version}`])
      return stdout.includes('"kind":"Report"') ? stdout : undefined
    })
    expect(await untilEvent(`${aggregated.version}.${aggregated.group}`, 'CAInjected')).toMatchObject({
      type: 'Normal',
      message: 'Injected the CA of the Secret shop/serving',
      source: { component: 'cert-manager-cainjector' },
    })
  })

  test('a conversion webhook', async () => {
    await clusterWide(customResourceDefinitions, 'widgets.example.com', fromServing, widgets(extension))
    const wide = await waitFor('a Widget is converted', async () => {
      await underTest().testbed.apply(
        JSON.stringify({
          apiVersion: 'example.com/v1alpha1',
          kind: 'Widget',
          metadata: { name: 'one', namespace: 'shop' },
          spec: { size: 7 },
        }),
      )
      const { code, stdout } = await underTest().testbed.kubectl(['get', '--raw', '/apis/example.com/v1/namespaces/shop/widgets/one'])
      return code === 0 ? stdout : undefined
    })
    expect(JSON.parse(wide)).toMatchObject({ apiVersion: 'example.com/v1', spec: { width: 7 } })
  })

  test('an admission webhook, before and after its server changes to the certificate of another CA', async () => {
    await clusterWide(validatingWebhookConfigurations, 'refusing', fromServing, { webhooks: [refusing(extension)] })
    const isRefused = async (): Promise<true | undefined> => {
      const { stderr } = await underTest().testbed.kubectl(['create', 'configmap', 'refused', '--namespace=shop'])
      return stderr.includes(refusal) ? true : undefined
    }
    await waitFor('the webhook is called', isRefused)

    const first = textIn(await user.secret('serving'), 'ca.crt')
    const { certificate, secretData } = await newTestCa({ name: 'Next CA' })
    await user.create(secrets, 'next-ca', { data: secretData })
    await user.create(issuers, 'next', { spec: { ca: { secretName: 'next-ca' } } })
    await user.edit(certificates, 'serving', { spec: { issuerRef: { name: 'next', kind: 'Issuer' } } })
    await user.untilReady('serving', 2)
    await untilBundle('refusing', first + certificate)
    expect(await isRefused()).toBe(true)
    extension.serveWith(await user.secret('serving'))
    // What calls webhooks in the API server learns of the bundle a moment later than who reads it.
    await waitFor('the webhook is called behind its new certificate', isRefused)
  })
})

describe('what stands in an object', () => {
  test('is kept when it is a CA that is still valid; expired ones and what is no CA go', async () => {
    const [valid, expired, added] = [await newTestCa(), await newTestCa({ lifetime: -HOUR }), await newTestCa()]
    await caSecret('mixed', added.certificate)
    await clusterWide(mutatingWebhookConfigurations, 'mixed', fromSecret('mixed'), {
      webhooks: [
        unused('one', base64(`# a bundle of ours\n${expired.certificate}${valid.certificate}`)),
        unused('two', base64('\n')),
        unused('three'),
      ],
    })
    const { webhooks } = await until(
      mutatingWebhookConfigurations,
      'mixed',
      (object) => object.webhooks?.[2]?.clientConfig?.caBundle !== undefined,
    )
    expect(webhooks?.map(({ clientConfig }) => Buffer.from(clientConfig?.caBundle ?? '', 'base64').toString())).toEqual([
      valid.certificate + added.certificate,
      added.certificate,
      added.certificate,
    ])
  })

  test('is the CA of the API server itself when that is asked for', async () => {
    await clusterWide(
      validatingWebhookConfigurations,
      'api-server',
      { 'cert-manager.io/inject-apiserver-ca': 'true' },
      { webhooks: [unused('one')] },
    )
    const { stdout } = await underTest().testbed.kubectl([
      'get',
      'configmap',
      'kube-root-ca.crt',
      '--namespace=shop',
      '--output=jsonpath={.data.ca\\.crt}',
    ])
    await untilBundle('api-server', `${stdout.trim()}\n`)
  })

  test('belongs to its owner but for the bundles: what somebody adds or changes stays, and an added webhook gets the CA too', async () => {
    const { certificate } = await newTestCa()
    await caSecret('owned', certificate)
    await clusterWide(validatingWebhookConfigurations, 'owned', fromSecret('owned'), { webhooks: [unused('one')] })
    await untilBundle('owned', certificate)
    const changed = { ...unused('one'), timeoutSeconds: 3 }
    await edit(validatingWebhookConfigurations, 'owned', { webhooks: [changed, unused('two')] })
    const { webhooks } = await until(
      validatingWebhookConfigurations,
      'owned',
      (object) => object.webhooks?.every(({ clientConfig }) => clientConfig?.caBundle === base64(certificate)) === true,
    )
    expect(webhooks).toMatchObject([{ name: 'one.example.com', timeoutSeconds: 3 }, { name: 'two.example.com' }])
    const { stdout } = await underTest().testbed.kubectl([
      'get',
      'validatingwebhookconfiguration',
      'owned',
      '--output=json',
      '--show-managed-fields',
    ])
    const { metadata } = JSON.parse(stdout) as {
      readonly metadata: { readonly managedFields: readonly { readonly manager: string; readonly fieldsV1: unknown }[] }
    }
    const ours = metadata.managedFields.find(({ manager }) => manager === 'cert-manager-cainjector')
    const leaf = { '.': {}, 'f:name': {}, 'f:clientConfig': { 'f:caBundle': {} } }
    expect(ours?.fieldsV1).toEqual({
      'f:webhooks': { 'k:{"name":"one.example.com"}': leaf, 'k:{"name":"two.example.com"}': leaf },
    })
  })

  test('is written once: neither a restart nor an unrelated change of the Secret leads to another write', async () => {
    const { certificate } = await newTestCa()
    await caSecret('quiet', certificate)
    await clusterWide(validatingWebhookConfigurations, 'quiet', fromSecret('quiet'), { webhooks: [unused('one')] })
    await untilBundle('quiet', certificate)
    const before = await live(validatingWebhookConfigurations, 'quiet')
    await underTest().operator().stop()
    await underTest().start()
    await user.edit(secrets, 'quiet', { metadata: { labels: { touched: 'true' } } })
    // What is asked for after that, and done, shows that the rest has been looked at too.
    await clusterWide(validatingWebhookConfigurations, 'later', fromSecret('quiet'), { webhooks: [unused('one')] })
    await untilBundle('later', certificate)
    expect((await live(validatingWebhookConfigurations, 'quiet')).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
  })
})

describe('an object whose CA cannot be had keeps what it has, and an Event on it says why', () => {
  const kept = base64('kept')

  test.each<[what: string, reason: string, sentence: string, annotations: Readonly<Record<string, string>>]>([
    ['malformed', 'InvalidAnnotation', 'must read namespace/name, and says "serving"', { 'cert-manager.io/inject-ca-from': 'serving' }],
    [
      'no-certificate',
      'CASourceNotFound',
      'the Certificate shop/absent does not exist',
      { 'cert-manager.io/inject-ca-from': 'shop/absent' },
    ],
    ['no-secret', 'CASourceNotFound', 'the Secret shop/absent does not exist', fromSecret('absent')],
    ['not-allowed', 'CASourceNotAllowed', 'needs the annotation cert-manager.io/allow-direct-injection: "true"', fromSecret('serving')],
    ['garbage', 'InvalidCA', 'the CA of the Secret shop/garbage cannot be read', fromSecret('garbage')],
    ['empty', 'InvalidCA', 'the Secret shop/empty has no CA (ca.crt)', fromSecret('empty')],
    ['expired', 'InvalidCA', 'that of the Secret shop/expired has expired', fromSecret('expired')],
  ])('%s', async (what, reason, sentence, annotations) => {
    await caSecret('garbage', 'garbage')
    await caSecret('empty', '')
    await caSecret('expired', (await newTestCa({ lifetime: -HOUR })).certificate)
    await clusterWide(validatingWebhookConfigurations, what, annotations, { webhooks: [unused('one', kept)] })
    expect(await untilEvent(what, reason)).toMatchObject({ type: 'Warning', message: expect.stringContaining(sentence) })
    expect((await live(validatingWebhookConfigurations, what)).webhooks?.[0]?.clientConfig?.caBundle).toBe(kept)
  })

  test('until it can be had', async () => {
    await clusterWide(
      validatingWebhookConfigurations,
      'patient',
      { 'cert-manager.io/inject-ca-from': 'shop/late' },
      { webhooks: [unused('one')] },
    )
    await untilEvent('patient', 'CASourceNotFound')
    await user.createCertificate('late', certificateSpec('late'))
    await user.untilReady('late')
    await untilBundle('patient', textIn(await user.secret('late'), 'ca.crt'))
  })

  test('because the Secret of the Certificate is that of another one', async () => {
    await caSecret('taken', (await newTestCa()).certificate)
    await user.createCertificate('paused', certificateSpec('taken', { issuerRef: { name: 'absent' } }))
    await clusterWide(
      validatingWebhookConfigurations,
      'taken',
      { 'cert-manager.io/inject-ca-from': 'shop/paused' },
      { webhooks: [unused('one', kept)] },
    )
    expect(await untilEvent('taken', 'CASourceNotAllowed')).toMatchObject({
      message: expect.stringContaining('the Secret shop/taken is not that of the Certificate shop/paused'),
    })
    expect((await live(validatingWebhookConfigurations, 'taken')).webhooks?.[0]?.clientConfig?.caBundle).toBe(kept)
  })

  test('because the API server would not take it', async () => {
    await caSecret('fine', (await newTestCa()).certificate)
    await clusterWide(apiServices, 'v1.insecure.example.com', fromSecret('fine'), {
      spec: {
        group: 'insecure.example.com',
        version: 'v1',
        service: extension.service,
        insecureSkipTLSVerify: true,
        groupPriorityMinimum: 1_000,
        versionPriority: 10,
      },
    })
    expect(await untilEvent('v1.insecure.example.com', 'CAInjectionRefused')).toMatchObject({
      type: 'Warning',
      message: expect.stringContaining('insecureSkipTLSVerify'),
    })
  })

  test('while another program takes it out each time', async () => {
    await caSecret('contested', (await newTestCa()).certificate)
    await clusterWide(validatingWebhookConfigurations, 'contested', fromSecret('contested'), { webhooks: [unused('one')] })
    for (let round = 0; round < 5; round += 1) {
      await until(validatingWebhookConfigurations, 'contested', ({ webhooks }) => webhooks?.[0]?.clientConfig?.caBundle !== undefined)
      await edit(validatingWebhookConfigurations, 'contested', { webhooks: [unused('one')] })
    }
    expect(await untilEvent('contested', 'CAContested')).toMatchObject({ type: 'Warning' })
  })

  test('and a metric counts it', async () => {
    expect(await underTest().operator().metrics()).toMatch(/^certwright_ca_injections_total\{result="failure"\} [1-9]/m)
  })
})

leavesNothingBehind(underTest)

function fromSecret(name: string): Readonly<Record<string, string>> {
  return { 'cert-manager.io/inject-ca-from-secret': `shop/${name}` }
}

async function caSecret(name: string, pem: string): Promise<void> {
  if ((await user.find(secrets, name)) !== undefined) return
  const metadata = { annotations: { 'cert-manager.io/allow-direct-injection': 'true' } }
  await user.create(secrets, name, { metadata, data: { 'ca.crt': base64(pem) } })
}

async function clusterWide<T extends KubeObject>(
  resource: Resource<T>,
  name: string,
  annotations: Readonly<Record<string, string>>,
  fields: Omit<T, keyof KubeObject>,
): Promise<void> {
  await underTest().cluster.create(
    resource,
    { ...fields, metadata: { name, annotations } } as unknown as New<T>,
    { fieldManager: 'owner' },
    signal,
  )
}

async function live<T extends KubeObject>(resource: Resource<T>, name: string): Promise<T> {
  const object = await underTest().cluster.get(resource, { name }, signal)
  if (object === undefined) throw new Error(`${resource.kind} ${name} does not exist`)
  return object
}

async function edit<T extends KubeObject>(resource: Resource<T>, name: string, patch: object): Promise<void> {
  await underTest().cluster.patch(resource, await live(resource, name), patch, { fieldManager: 'owner' }, signal)
}

function until<T extends KubeObject>(resource: Resource<T>, name: string, is: (object: T) => boolean): Promise<T> {
  return waitFor(`${resource.kind} ${name}`, async () => {
    const object = await live(resource, name)
    return is(object) ? object : undefined
  })
}

/** Waits until the first webhook of a ValidatingWebhookConfiguration has exactly this bundle. */
async function untilBundle(name: string, pem: string): Promise<void> {
  await until(validatingWebhookConfigurations, name, ({ webhooks }) => webhooks?.[0]?.clientConfig?.caBundle === base64(pem))
}

/** Events about objects without namespace are in `default`. */
function untilEvent(name: string, reason: string): Promise<Event> {
  return userOf(underTest().cluster, 'default', underTest().testbed).untilEvent(name, reason)
}

/** A webhook for nothing that anybody writes. */
function unused(name: string, caBundle?: string) {
  return {
    name: `${name}.example.com`,
    clientConfig: { url: 'https://localhost:1', ...(caBundle === undefined ? {} : { caBundle }) },
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  }
}

/** A webhook that is asked about every ConfigMap called `refused`. */
function refusing({ service }: ApiExtension) {
  return {
    ...unused('refusing'),
    clientConfig: { service: { ...service, path: '/admit' } },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
    matchConditions: [{ name: 'refused', expression: "object.metadata.name == 'refused'" }],
  }
}

/** A kind whose `size` has become `width`. */
function widgets({ service }: ApiExtension) {
  const version = (name: string, field: string) => ({
    name,
    served: true,
    storage: name === 'v1alpha1',
    schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { [field]: { type: 'integer' } } } } } },
  })
  return {
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets' },
      versions: [version('v1alpha1', 'size'), version('v1', 'width')],
      conversion: {
        strategy: 'Webhook',
        webhook: { conversionReviewVersions: ['v1'], clientConfig: { service: { ...service, path: '/convert' } } },
      },
    },
  }
}
