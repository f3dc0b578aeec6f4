import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { MINUTE, SECOND } from '../lib/instant.ts'
import { configurationFields } from './configuration-fields.ts'
import { loadOptions, type Options } from './options.ts'

const head = { apiVersion: 'controller.config.cert-manager.io/v1alpha1', kind: 'ControllerConfiguration' }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certwright-config-'))
})
afterAll(() => rm(folder, { recursive: true }))

test.each<[field: string, value: unknown, options: Partial<Options>]>([
  ['namespace', 'shop', { namespace: 'shop' }],
  ['clusterResourceNamespace', 'issuers', { 'cluster-resource-namespace': 'issuers' }],
  ['leaderElectionConfig', { enabled: false, leaseDuration: '1m0s' }, { 'leader-elect': false, 'leader-election-lease-duration': MINUTE }],
  ['leaderElectionConfig', { retryPeriod: 3_000_000_000 }, { 'leader-election-retry-period': 3 * SECOND }],
  ['controllers', ['*', '-ingress-shim'], { controllers: ['*', '-ingress-shim'] }],
  ['issuerAmbientCredentials', true, { 'issuer-ambient-credentials': true }],
  ['numberOfConcurrentWorkers', 7, { 'concurrent-workers': 7 }],
  ['featureGates', { ACMEUseARI: false }, { 'feature-gates': [{ name: 'ACMEUseARI', isOn: false }] }],
  ['enableGatewayAPI', false, { 'enable-gateway-api': false }],
  ['gatewayAPI', { extraProtocols: ['example.com/TLS'] }, { 'gateway-api-extra-protocols': ['example.com/TLS'] }],
  ['ingressShimConfig', { defaultIssuerName: 'ca' }, { 'default-issuer-name': 'ca' }],
  ['acmeHTTP01Config', { solverExtraLabels: { team: 'edge' } }, { 'acme-http01-solver-extra-labels': { team: 'edge' } }],
  ['acmeHTTP01Config', { solverNameservers: ['192.0.2.53:53'] }, { 'acme-http01-solver-nameservers': ['192.0.2.53:53'] }],
  ['acmeDNS01Config', { recursiveNameserversOnly: true }, { 'dns01-recursive-nameservers-only': true }],
  ['pemSizeLimitsConfig', { maxBundleSize: 400_000 }, { 'max-certificate-bundle-size': 400_000 }],
  ['logging', { verbosity: 4, format: 'json' }, { v: 4, 'logging-format': 'json' }],
  ['certificateRequestMinimumBackoffDuration', '10m', { 'certificate-request-minimum-backoff-duration': 10 * MINUTE }],
  ['an empty text', { clusterResourceNamespace: '' }, { 'cluster-resource-namespace': 'kube-system' }],
  ['certificateRequestMinimumBackoffDuration', '0s', { 'certificate-request-minimum-backoff-duration': 60 * MINUTE }],
  [
    'copiedAnnotationPrefixes',
    [],
    { 'copied-annotation-prefixes': ['*', '-kubectl.kubernetes.io/', '-fluxcd.io/', '-argocd.argoproj.io/'] },
  ],
  ['leaderElectionConfig', null, { 'leader-elect': true }],
  ['issuerAmbientCredentials', null, { 'issuer-ambient-credentials': false }],
])('%s: %j is the same as its flag', async (field, value, options) => {
  const fields = field.includes(' ') ? (value as object) : { [field]: value }
  expect(await loaded({ ...head, ...fields })).toMatchObject({ kind: 'ok', options, ignored: [] })
})

test('of a field that was renamed, the new one wins', async () => {
  const reading = await loaded({ ...head, gatewayAPI: { enabled: false }, enableGatewayAPI: true })
  expect(reading).toMatchObject({ options: { 'enable-gateway-api': false } })
})

test('a flag wins over the file, with the whole of a list; feature gates are taken together', async () => {
  const file = { ...head, namespace: 'shop', controllers: ['issuers'], featureGates: { ListenerSets: true, ACMEUseARI: false } }
  const reading = await loaded(file, ['--namespace=bank', '--controllers=*', '--feature-gates=ACMEUseARI=true'])
  expect(reading).toMatchObject({
    options: {
      namespace: 'bank',
      controllers: ['*'],
      'feature-gates': [
        { name: 'ListenerSets', isOn: true },
        { name: 'ACMEUseARI', isOn: false },
        { name: 'ACMEUseARI', isOn: true },
      ],
    },
  })
})

test('fields without effect are named', async () => {
  const file = { ...head, kubernetesAPIQPS: 9000, logging: { vmodule: [], flushFrequency: '5s' }, featureGates: { ValidateCAA: true } }
  const reading = await loaded(file)
  if (reading.kind === 'invalid') throw new Error(reading.why)
  const path = join(folder, 'config.yaml')
  expect(reading.ignored.toSorted()).toEqual(
    [
      '--feature-gates=ValidateCAA',
      `kubernetesAPIQPS in ${path}`,
      `logging.flushFrequency in ${path}`,
      `logging.vmodule in ${path}`,
    ].toSorted(),
  )
})

test.each<[what: string, file: unknown, why: string]>([
  [
    'another kind',
    { ...head, kind: 'WebhookConfiguration' },
    'it is no ControllerConfiguration of controller.config.cert-manager.io/v1alpha1: see its apiVersion and kind',
  ],
  [
    'no kind',
    { namespace: 'shop' },
    'it is no ControllerConfiguration of controller.config.cert-manager.io/v1alpha1: see its apiVersion and kind',
  ],
  ['a list', ['namespace'], 'it is no map of fields'],
  ['an unknown field', { ...head, nameSpace: 'shop' }, 'there is no field nameSpace'],
  ['an unknown field below', { ...head, acmeHTTP01Config: { solverimage: 'x' } }, 'there is no field acmeHTTP01Config.solverimage'],
  ['a text for a section', { ...head, acmeHTTP01Config: 'x' }, 'acmeHTTP01Config cannot be read: give a map'],
  ['a text for a number', { ...head, numberOfConcurrentWorkers: '5' }, 'numberOfConcurrentWorkers ("5") cannot be read: give a number'],
  [
    'a text for true',
    { ...head, issuerAmbientCredentials: 'true' },
    'issuerAmbientCredentials ("true") cannot be read: give true or false',
  ],
  ['a text for a list', { ...head, controllers: '*' }, 'controllers ("*") cannot be read: give a list of texts'],
  [
    'no duration',
    { ...head, leaderElectionConfig: { retryPeriod: 'soon' } },
    'leaderElectionConfig.retryPeriod ("soon") cannot be read: give a duration, such as 1h30m',
  ],
  ['a text for a gate', { ...head, featureGates: { A: 'on' } }, 'featureGates cannot be read: give a map of names to true or false'],
  [
    'a wrong type where there is no effect',
    { ...head, kubernetesAPIQPS: 'many' },
    'kubernetesAPIQPS ("many") cannot be read: give a number',
  ],
])('a file with %s stops the start', async (_what, file, why) => {
  expect(await loaded(file)).toEqual({ kind: 'invalid', why: `--config=${join(folder, 'config.yaml')}: ${why}` })
})

test.each<[what: string, content: string, why: RegExp]>([
  ['is empty', '', /config\.yaml: expected a document/],
  ['says a thing twice', 'kind: A\nkind: B\n', /config\.yaml: duplicated mapping key/],
  ['does not parse', 'kind: [', /config\.yaml: unexpected end/],
])('a file that %s stops the start', async (_what, content, why) => {
  await writeFile(join(folder, 'config.yaml'), content)
  expect(await loadOptions([`--config=${join(folder, 'config.yaml')}`], {}, 1)).toMatchObject({
    kind: 'invalid',
    why: expect.stringMatching(why),
  })
})

test('a file that is not there stops the start', async () => {
  expect(await loadOptions(['--config', '/nowhere/config.yaml'], {}, 1)).toMatchObject({
    kind: 'invalid',
    why: expect.stringMatching(/ENOENT/),
  })
})

test('what a file and flags say together is checked as one', async () => {
  const reading = await loaded({ ...head, pemSizeLimitsConfig: { maxBundleSize: 500_000 } }, ['--max-certificate-size=400000'])
  expect(reading.kind).toBe('ok')
})

test('two fields mean the same flag only where one took the place of the other', () => {
  const flags = Object.values(configurationFields).map(({ flag }) => flag)
  expect(flags.filter((flag, at) => flags.indexOf(flag) !== at)).toEqual(['enable-gateway-api', 'enable-gateway-api-listenerset'])
})

async function loaded(document: unknown, args: readonly string[] = []) {
  const path = join(folder, 'config.yaml')
  await writeFile(path, stringify(document))
  return loadOptions([`--config=${path}`, ...args], {}, 1)
}
