import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sharedTestbed } from '../testbed/shared.ts'
import { certificateTable } from './crds-certificate-table.ts'
import { issuerTable } from './crds-issuer-table.ts'
import type { TestObject } from './crds-objects.ts'
import { acme, certificate, challenge, order } from './crds-objects.ts'
import { updateTable } from './crds-update-table.ts'

const folder = join(import.meta.dirname, '..', '..', 'deploy', 'crds')
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
const testbed = sharedTestbed({ name: 'crds', installed: 'nothing' })

describe('the CustomResourceDefinitions', () => {
  test.each(files)('%s is small enough for client-side kubectl apply', (name) => {
    expect(statSync(join(folder, name)).size).toBeLessThan(200_000)
    expect(readFileSync(join(folder, name), 'utf8')).not.toContain('\t')
  })

  test('apply from the client, twice, and are served', async () => {
    const applied = await testbed().kubectl(['apply', '-f', folder])
    expect(applied).toMatchObject({ code: 0, stderr: '' })
    expect((await testbed().kubectl(['apply', '-f', folder])).stdout.match(/ unchanged$/gm)).toHaveLength(files.length)
    const waited = await testbed().kubectl(['wait', '--for=condition=Established', '--timeout=60s', '-f', folder])
    expect(waited).toMatchObject({ code: 0, stderr: '' })
  })

  test('are listed under their short names and categories', async () => {
    const { stdout } = await testbed().kubectl(['api-resources', '--categories=cert-manager', '--no-headers'])
    expect(
      stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split(/\s+/).slice(0, 2).join(' '))
        .sort(),
    ).toEqual([
      'certificaterequests cr,crs',
      'certificaterevocations crev',
      'certificates cert,certs',
      'challenges acme.cert-manager.io/v1',
      'clusterissuerpools cipool',
      'clusterissuers ciss',
      'issuerpools ipool',
      'issuers iss',
      'orders acme.cert-manager.io/v1',
    ])
  })
})

describe.each([
  ['Certificates', certificateTable],
  ['Issuers and requests', issuerTable],
  [
    'Orders and Challenges',
    [
      ['a minimal Order', order(), undefined],
      ['an Order for some days', order({ duration: '90d' }), 'write a duration in hours, minutes and seconds'],
      ['a minimal Challenge', challenge(), undefined],
    ],
  ],
] as const)('%s', (_kind, table) => {
  test.each(table.filter(([, , refusal]) => refusal === undefined))('%s is accepted', async (_title, object) => {
    expect(await dryRun(object)).toMatchObject({ code: 0, stderr: '' })
  })

  test.each(table.flatMap(([title, object, refusal]) => (refusal === undefined ? [] : [{ title, object, refusal }])))(
    '$title is refused: "$refusal"',
    async ({ object, refusal }) => {
      const { code, stderr } = await dryRun(object)
      expect(stderr).toContain(refusal)
      expect(code).not.toBe(0)
    },
  )
})

describe('an update', () => {
  test.each(updateTable.map(([title, before, patch, refusal], at) => ({ title, before, patch, refusal, name: `update-${at}` })))(
    '$title: $refusal',
    async ({ before, patch, refusal, name }) => {
      const object = { ...before, metadata: { name } }
      await written(object)
      const { code, stderr } = await testbed().kubectl([
        'patch',
        `${before.kind}.${before.apiVersion.split('/')[0] ?? ''}`,
        name,
        '--type=merge',
        '--dry-run=server',
        '-p',
        JSON.stringify(patch),
        ...('status' in patch ? ['--subresource=status'] : []),
      ])
      expect(stderr).toContain(refusal ?? '')
      expect(code === 0).toBe(refusal === undefined)
    },
  )
})

describe('the API server', () => {
  test('fills in the defaults', async () => {
    const { stdout } = await dryRun(acme({ solvers: [{ http01: { gatewayHTTPRoute: { parentRefs: [{ name: 'web' }] } } }] }))
    expect(JSON.parse(stdout)).toMatchObject({
      spec: {
        acme: {
          renewalInformationSource: 'ARI',
          solvers: [
            { http01: { gatewayHTTPRoute: { parentRefs: [{ name: 'web', kind: 'Gateway', group: 'gateway.networking.k8s.io' }] } } },
          ],
        },
      },
    })
  })

  test('drops fields that it does not know, but keeps the configuration of a DNS webhook', async () => {
    const config = { zone: { of: ['anything', 1] } }
    const { stdout } = await dryRun(acme({ unknown: 1, solvers: [{ dns01: { webhook: { groupName: 'g', solverName: 's', config } } }] }))
    const { spec } = JSON.parse(stdout) as { readonly spec: { readonly acme: object } }
    expect(spec.acme).not.toHaveProperty('unknown')
    expect(spec.acme).toMatchObject({ solvers: [{ dns01: { webhook: { config } } }] })
  })

  test('selects by issuer and prints the columns', async () => {
    await written({ ...certificate({ issuerRef: { name: 'chosen' } }), metadata: { name: 'selected' } })
    await written({ ...certificate({ issuerRef: { name: 'other' } }), metadata: { name: 'left-out' } })
    const { stdout } = await testbed().kubectl(['get', 'cert', '--field-selector=spec.issuerRef.name=chosen', '-o', 'wide'])
    expect(stdout).toMatch(/^NAME +READY +SECRET +ISSUER +STATUS +EXPIRATION +AGE\nselected +web-tls +chosen +\d+s\n$/)
  })
})

async function dryRun(object: TestObject) {
  return testbed().kubectl(['create', '--raw', `${pathOf(object)}?dryRun=All`, '-f', '-'], { input: JSON.stringify(object) })
}

/** Creates the object and its status. */
async function written({ status, ...object }: TestObject & { readonly status?: unknown }): Promise<void> {
  const { code, stderr } = await testbed().kubectl(['create', '--raw', pathOf(object), '-f', '-'], { input: JSON.stringify(object) })
  if (code !== 0) throw new Error(stderr)
  if (status === undefined) return
  const type = `${object.kind}.${object.apiVersion.split('/')[0] ?? ''}`
  const patched = await testbed().kubectl([
    'patch',
    type,
    object.metadata.name,
    '--type=merge',
    '--subresource=status',
    '-p',
    JSON.stringify({ status }),
  ])
  if (patched.code !== 0) throw new Error(patched.stderr)
}

function pathOf({ apiVersion, kind }: TestObject): string {
  const namespace = kind === 'ClusterIssuer' ? '' : 'namespaces/default/'
  return `/apis/${apiVersion}/${namespace}${kind.toLowerCase()}s`
}
