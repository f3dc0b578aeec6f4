import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AdminRequest } from '../testbed/control-plane.ts'
import type { HttpsAnswer } from '../testbed/https-request.ts'
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
    const waited = await testbed().kubectl(['wait', '--for=condition=Established', '--timeout=120s', '-f', folder])
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
    const { status, body, headers } = await dryRun(object)
    expect({ status, body }).toMatchObject({ status: 201 })
    expect(headers).not.toHaveProperty('warning')
  })

  test.each(table.flatMap(([title, object, refusal]) => (refusal === undefined ? [] : [{ title, object, refusal }])))(
    '$title is refused: "$refusal"',
    async ({ object, refusal }) => {
      const { status, body } = await dryRun(object)
      expect(messageIn(body)).toContain(refusal)
      expect(status).toBe(422)
    },
  )
})

describe('an update', () => {
  test.each(updateTable.map(([title, before, patch, refusal], at) => ({ title, before, patch, refusal, name: `update-${at}` })))(
    '$title: $refusal',
    async ({ before, patch, refusal, name }) => {
      const object = { ...before, metadata: { name } }
      await written(object)
      const path = `${pathOf(object)}/${name}${'status' in patch ? '/status' : ''}`
      const { status, body } = await testbed().request(`${path}?dryRun=All`, merge(patch))
      expect(refusal === undefined ? '' : messageIn(body)).toContain(refusal ?? '')
      expect({ status, body }).toMatchObject({ status: refusal === undefined ? 200 : 422 })
    },
  )
})

describe('the API server', () => {
  test('fills in the defaults', async () => {
    const { body } = await dryRun(acme({ solvers: [{ http01: { gatewayHTTPRoute: { parentRefs: [{ name: 'web' }] } } }] }))
    expect(JSON.parse(body)).toMatchObject({
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
    const { body } = await dryRun(acme({ unknown: 1, solvers: [{ dns01: { webhook: { groupName: 'g', solverName: 's', config } } }] }))
    const { spec } = JSON.parse(body) as { readonly spec: { readonly acme: object } }
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

function dryRun(object: TestObject): Promise<HttpsAnswer> {
  return testbed().request(`${pathOf(object)}?dryRun=All`, { send: object })
}

/** Creates the object and its status. */
async function written({ status, ...object }: TestObject & { readonly status?: unknown }): Promise<void> {
  const created = await testbed().request(pathOf(object), { send: object })
  if (created.status !== 201) throw new Error(created.body)
  if (status === undefined) return
  const patched = await testbed().request(`${pathOf(object)}/${object.metadata.name}/status`, merge({ status }))
  if (patched.status !== 200) throw new Error(patched.body)
}

function merge(patch: object): AdminRequest {
  return { method: 'PATCH', send: patch, contentType: 'application/merge-patch+json' }
}

/** What the API server says to a refused object. */
function messageIn(body: string): string {
  return (JSON.parse(body) as { readonly message?: string }).message ?? ''
}

function pathOf({ apiVersion, kind }: TestObject): string {
  const namespace = kind === 'ClusterIssuer' ? '' : 'namespaces/default/'
  return `/apis/${apiVersion}/${namespace}${kind.toLowerCase()}s`
}
