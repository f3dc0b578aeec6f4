import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { staticManifest } from '../../scripts/static-manifest.ts'
import { chartTemplates } from '../../scripts/sync-chart-crds.ts'
import { ensureTools } from '../testbed/toolchain.ts'
import { leaves, valuesOf, valuesWithoutEffect } from './chart-values.ts'
import type { Helm, Manifest } from './chart-helm.ts'
import { certManagerFile, chart, everythingFile, newHelm, ofKind, parseManifests, root, succeeded } from './chart-helm.ts'

let folder: string
let helm: Helm

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certwright-chart-'))
  helm = await newHelm({ folder })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('rendering', () => {
  test.each([
    ['its defaults', []],
    ['every value set', ['--values', everythingFile]],
    ["a values file of cert-manager's chart", ['--values', certManagerFile]],
    ['one namespace only', ['--set', 'watchNamespace=shop,crds.enabled=false']],
  ])('the chart passes a strict lint with %s', async (_what, options) => {
    succeeded(await helm.run(['lint', chart, '--strict', ...options]))
  })

  test('every value of values.yaml changes what is rendered, but for the one that only a parent chart reads', async () => {
    expect(await valuesWithoutEffect(helm, folder)).toEqual(['enabled'])
  })

  test('every value of values.yaml has a type in the schema', async () => {
    const schema = parse(await readFile(join(chart, 'values.schema.json'), 'utf8')) as Schema
    const paths = leaves(await valuesOf(join(chart, 'values.yaml'))).map(([path]) => path)
    expect(paths.filter((path) => !isInSchema(schema, path.split('.')))).toEqual([])
  })

  test.each([
    ['replicaCount=two', '/replicaCount'],
    ['image.pullPolicy=Sometimes', '/image/pullPolicy'],
    ['crds.enabled=perhaps', '/crds/enabled'],
  ])('the schema refuses --set %s', async (setting, where) => {
    const { code, stderr } = await helm.run(['template', 'certwright', chart, '--set', setting])
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(where) })
  })

  test.each([
    ['podDisruptionBudget.enabled=true,podDisruptionBudget.minAvailable=1,podDisruptionBudget.maxUnavailable=1', 'exclude each other'],
    ['prometheus.servicemonitor.enabled=true,prometheus.podmonitor.enabled=true', 'would scrape every pod twice'],
  ])('%s is refused with a reason', async (setting, reason) => {
    const { code, stderr } = await helm.run(['template', 'certwright', chart, '--set', setting])
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(reason) })
  })

  test.each([
    ['', 'certwright/certwright:0.1.0'],
    ['imageRegistry=mirror.example', 'mirror.example/certwright/certwright:0.1.0'],
    ['imageRegistry=mirror.example,imageNamespace=tls', 'mirror.example/tls/certwright:0.1.0'],
    ['image.repository=mirror.example/cw,image.tag=0.2.0', 'mirror.example/cw:0.2.0'],
    ['image.digest=sha256:abc', 'certwright/certwright@sha256:abc'],
    ['image.tag=0.2.0,image.digest=sha256:abc', 'certwright/certwright:0.2.0@sha256:abc'],
    ['image.repository=quay.example/jetstack/cert-manager-controller,image.tag=v1.21.0', 'certwright/certwright:0.1.0'],
  ])('with --set "%s" the image is %s', async (setting, image) => {
    const [deployment] = ofKind(await render(setting === '' ? [] : ['--set', setting]), 'Deployment')
    expect(deployment).toMatchObject({ spec: { template: { spec: { containers: [{ image }] } } } })
  })

  test.each([
    ['acmesolver.pods=on-request', 'certwright/certwright:0.1.0'],
    ['acmesolver.pods=always,acmesolver.image.repository=mirror.example/cw,acmesolver.image.tag=0.2.0', 'mirror.example/cw:0.2.0'],
    ['acmesolver.pods=always,acmesolver.image.repository=quay.example/jetstack/cert-manager-acmesolver', 'certwright/certwright:0.1.0'],
  ])('with --set "%s" the operator may start solver pods, of the image %s', async (setting, image) => {
    const manifests = await render(['--set', setting])
    expect(JSON.stringify(ofKind(manifests, 'Deployment'))).toContain(`--acme-http01-solver-image=${image}"`)
    const rules = JSON.stringify(ofKind(manifests, 'ClusterRole').find(({ metadata }) => metadata.name === 'certwright-controller'))
    expect(rules).toContain('{"apiGroups":[""],"resources":["pods"],"verbs":["get","list","watch","create","delete"]}')
  })

  test('the value config becomes the file that the operator reads, and another file starts other pods', async () => {
    const withFile = async (verbosity: number) => {
      const manifests = await render(['--set', `config.logging.verbosity=${verbosity}`])
      const [map, deployment] = [ofKind(manifests, 'ConfigMap')[0], ofKind(manifests, 'Deployment')[0]]
      return {
        file: parse((map as unknown as { data: Record<string, string> }).data['config.yaml'] ?? ''),
        deployment: JSON.stringify(deployment),
      }
    }
    const { file, deployment } = await withFile(4)
    expect(file).toEqual({
      apiVersion: 'controller.config.cert-manager.io/v1alpha1',
      kind: 'ControllerConfiguration',
      logging: { verbosity: 4 },
    })
    expect(deployment).toContain('"--config=/etc/certwright/config.yaml"')
    expect(deployment).toContain('"mountPath":"/etc/certwright"')
    expect((await withFile(5)).deployment).not.toBe(deployment)
  })

  test('with watchNamespace and without CRDs nothing belongs to the whole cluster', async () => {
    const namespaced = ['ServiceAccount', 'Role', 'RoleBinding', 'Service', 'Deployment']
    const kinds = new Set((await render(['--set', 'watchNamespace=shop,crds.enabled=false'])).map(({ kind }) => kind))
    expect([...kinds].filter((kind) => !namespaced.includes(kind))).toEqual([])
  })

  test.each([
    ['', 'kube-system'],
    ['watchNamespace=shop', 'shop'],
    ['watchNamespace=shop,global.leaderElection.namespace=operators', 'operators'],
  ])('with --set "%s" the Lease is in %s', async (setting, namespace) => {
    const manifests = await render(setting === '' ? [] : ['--set', setting])
    const role = ofKind(manifests, 'Role').find(({ metadata }) => metadata.name === 'certwright:leaderelection')
    const [deployment] = ofKind(manifests, 'Deployment')
    expect(role?.metadata.namespace).toBe(namespace)
    expect(JSON.stringify(deployment)).toContain(`--leader-election-namespace=${namespace}`)
  })
})

describe('the notes', () => {
  test("name what a values file of cert-manager's chart sets in vain", async () => {
    const notes = await notesWith(['--values', certManagerFile, '--set', 'tyop=1'])
    const warned = [...notes.matchAll(/^ {2}(\w+): /gm)].map(([, key]) => key)
    expect(warned).toEqual(['startupapicheck', 'tyop', 'webhook', 'cainjector', 'acmesolver', 'image'])
  })

  test('warn of nothing with the defaults', async () => {
    expect(await notesWith([])).not.toContain('WARNING')
  })

  test('know every value of values.yaml', async () => {
    const notes = await notesWith(['--values', everythingFile, '--set', 'installCRDs=false'])
    expect(notes).not.toContain('WARNING')
  })
})

describe('generated files', () => {
  test("the chart's CRDs are those of deploy/crds (else: node scripts/sync-chart-crds.ts)", async () => {
    for (const [path, text] of await chartTemplates()) expect(await readFile(path, 'utf8'), path).toBe(text)
  })

  test('deploy/certwright.yaml is what the chart renders (else: node scripts/static-manifest.ts)', async () => {
    expect(await readFile(join(root, 'deploy', 'certwright.yaml'), 'utf8')).toBe(await staticManifest((await ensureTools(['helm'])).helm))
  })

  test('docs/install.md has a row with the default for every value of values.yaml', async () => {
    const documented = (await readFile(join(root, 'docs', 'install.md'), 'utf8')).matchAll(/^\| `([\w.]+)` \| `(.*?)` \|/gm)
    const rows = [...documented].map(([, path, value]) => `${path} = ${value}`)
    const values = leaves(await valuesOf(join(chart, 'values.yaml'))).map(([path, value]) => `${path} = ${JSON.stringify(value)}`)
    expect(rows).toEqual(values)
  })
})

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
}

async function render(options: readonly string[]): Promise<readonly Manifest[]> {
  return parseManifests(await helm.template(options))
}

async function notesWith(options: readonly string[]): Promise<string> {
  const stdout = succeeded(await helm.run(['install', 'certwright', chart, '--namespace', 'cert-manager', '--dry-run=client', ...options]))
  return stdout.slice(stdout.indexOf('\nNOTES:'))
}

function isInSchema(schema: Schema, [key = '', ...rest]: readonly string[]): boolean {
  const below = schema.properties?.[key]
  return below !== undefined && (rest.length === 0 || isInSchema(below, rest))
}
