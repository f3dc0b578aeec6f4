import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { featureGates, unknownGates } from '../../src/app/feature-gates.ts'
import { readOptions } from '../../src/app/options.ts'
import { annotation, ownAnnotation, signingRequestAnnotation } from '../../src/crds/annotations.ts'
import { label } from '../../src/crds/labels.ts'
import * as reasons from '../../src/crds/reasons.ts'
import { codeSpans, readPage, root, tableRows } from './markdown.ts'

// docs/compatibility.md against the names of the incumbent (test/facts) and against the code. `works` and `differs` need code that knows
// the name; `not yet` needs that there is none, so that whoever builds something is told to change the word.

interface Names {
  readonly annotations: readonly string[]
  readonly labels: readonly string[]
  readonly conditionReasons: Readonly<Record<string, readonly string[]>>
  readonly eventReasons: Readonly<Record<string, readonly string[]>>
  readonly flags: readonly string[]
  readonly featureGates: readonly string[]
  readonly metrics: readonly string[]
  readonly controllers: readonly string[]
}
type Fields = Readonly<Record<string, { readonly fields: Readonly<Record<string, unknown>> }>>

const names = JSON.parse(readFileSync(join(root, 'test', 'facts', 'names.json'), 'utf8')) as Names
const fields = JSON.parse(readFileSync(join(root, 'test', 'facts', 'crd-fields.json'), 'utf8')) as Fields
const states = ['works', 'differs', 'no effect', 'not yet']
const page = readPage('docs/compatibility.md')
const source = sources()

/** What stands in the first two columns of the table below a heading: each name with its state. */
function stated(heading: string): ReadonlyMap<string, string> {
  const after = page.slice(page.indexOf(`\n${heading}\n`) + heading.length + 2)
  const section = after.slice(0, after.search(/^#/m) === -1 ? after.length : after.search(/^#/m))
  const rows = tableRows(section).filter((row) => row.length === 3)
  return new Map(rows.flatMap(([code = '', state = '']) => codeSpans(code).map((name) => [name, state] as const)))
}

const knows = (text: string): boolean => new RegExp(String.raw`\b${text}\b`).test(source)
const usesConstant = (tables: Readonly<Record<string, object>>) => (value: string) =>
  Object.entries(tables).some(([table, constants]) =>
    Object.entries(constants).some(([key, text]) => text === value && knows(String.raw`${table}\.${key}`)),
  )

const options = readOptions([], {}, 1)
const isFlag = (name: string): boolean => options.kind === 'ok' && Object.hasOwn(options.options, name)
const isGate = (name: string): boolean => unknownGates(featureGates.parse(`${name}=true`) ?? []).length === 0

/** Reasons that only others give, and the operator passes on or obeys. */
const ofOthers = new Set(['ManuallyTriggered', 'Denied', 'InvalidRequest'])
/** Read by admission policies alone. */
const ofTheChart = new Set(['cert-manager.io/disable-validation'])
const { certificateReason, certificateEvent, requestReason, requestEvent, issuerReason, issuerEvent } = reasons
const { orderEvent, challengeEvent, shimEvent, signingRequestEvent } = reasons

const lists: readonly (readonly [heading: string, facts: readonly string[], isInCode: (name: string) => boolean])[] = [
  ['## Annotations', names.annotations, usesConstant({ annotation, signingRequestAnnotation })],
  ['## Labels', names.labels, (name) => ofTheChart.has(name) || usesConstant({ label })(name)],
  [
    '### Reasons of Certificates',
    names.conditionReasons['Certificate'] ?? [],
    (name) => ofOthers.has(name) || usesConstant({ certificateReason, certificateEvent })(name),
  ],
  ['### Reasons of CertificateRequests', names.conditionReasons['CertificateRequest'] ?? [], usesConstant({ requestReason })],
  ['### Reasons of Issuers and ClusterIssuers', names.conditionReasons['Issuer'] ?? [], usesConstant({ issuerReason })],
  ['### Events of Certificates', names.eventReasons['Certificate'] ?? [], usesConstant({ certificateEvent })],
  ['### Events of CertificateRequests', names.eventReasons['CertificateRequest'] ?? [], usesConstant({ requestEvent, requestReason })],
  ['### Events of Orders', names.eventReasons['Order'] ?? [], usesConstant({ orderEvent })],
  ['### Events of Challenges', names.eventReasons['Challenge'] ?? [], usesConstant({ challengeEvent })],
  ['### Events of Issuers and ClusterIssuers', names.eventReasons['Issuer'] ?? [], usesConstant({ issuerReason, issuerEvent })],
  ['### Events of Ingresses, Gateways and ListenerSets', names.eventReasons['Ingress'] ?? [], usesConstant({ shimEvent })],
  [
    '### Events of CertificateSigningRequests',
    names.eventReasons['CertificateSigningRequest'] ?? [],
    // Signers speak of both kinds of request in the same words.
    usesConstant({ signingRequestEvent, requestEvent }),
  ],
  ['## Feature gates', names.featureGates, isGate],
  ['## Metrics', names.metrics, (name) => source.includes(`'${name}'`)],
]

describe.each(lists)('%s', (heading, facts, isInCode) => {
  const table = stated(heading)

  test('names everything that the incumbent has, and nothing else', () => {
    expect(facts.length).toBeGreaterThan(0)
    expect([...table.keys()].toSorted()).toEqual([...facts].toSorted())
  })

  test('says of each what the code says', () => {
    expect(disagreements(table, isInCode)).toEqual([])
  })
})

describe('## Flags', () => {
  const table = new Map([...stated('## Flags')].map(([name, state]) => [name.replace(/^--?/, ''), state]))

  test('names every flag of the incumbent, and no other', () => {
    expect([...table.keys()].toSorted()).toEqual([...names.flags].toSorted())
  })

  test('says of each what the code says', () => {
    expect(disagreements(table, isFlag)).toEqual([])
    const accepted = [...table].filter(([, state]) => state === 'no effect').map(([name]) => `--${name}=1`)
    expect(readOptions(accepted, {}, 1)).toMatchObject({ kind: 'ok', ignored: [] })
  })
})

test('## Controllers names every controller of the incumbent, and no other', () => {
  const table = stated('## Controllers')
  expect([...table.keys()].toSorted()).toEqual([...names.controllers].toSorted())
  expect(new Set(table.values()).difference(new Set(states))).toEqual(new Set())
})

describe.each([
  ['### Certificate', 'certificates.cert-manager.io'],
  ['### CertificateRequest', 'certificaterequests.cert-manager.io'],
  ['### Issuer and ClusterIssuer', 'issuers.cert-manager.io'],
  ['### Issuer and ClusterIssuer', 'clusterissuers.cert-manager.io'],
  ['### Order', 'orders.acme.cert-manager.io'],
  ['### Challenge', 'challenges.acme.cert-manager.io'],
])('the fields of %s', (heading, kind) => {
  const paths = Object.keys(fields[kind]?.fields ?? {}).filter((path) => path !== '.')
  const table = stated(heading)

  test('all stand in one row, and every row is about a field', () => {
    expect(paths.length).toBeGreaterThan(10)
    expect(paths.filter((path) => rowsFor(table, path).length !== 1)).toEqual([])
    expect([...table.keys()].filter((row) => !paths.some((path) => covers(row, path)))).toEqual([])
  })

  test('are known to the code where the page says so, and only there', () => {
    const found = [...table].map(([row, state]) => ({
      row,
      state,
      isKnown: isFieldKnown(
        row,
        paths.filter((path) => covers(row, path)),
      ),
    }))
    expect(found.filter(({ state, isKnown }) => isWrong(state, isKnown)).map(({ row, state }) => `${row}: ${state}`)).toEqual([])
  })
})

test('the annotations of our own are all there', () => {
  const after = page.slice(page.indexOf('\nOf our own:\n'))
  expect(
    tableRows(after.slice(0, after.indexOf('\n## ')))
      .flatMap(([name = '']) => codeSpans(name))
      .toSorted(),
  ).toEqual(Object.values(ownAnnotation).toSorted())
})

function disagreements(table: ReadonlyMap<string, string>, isInCode: (name: string) => boolean): readonly string[] {
  return [...table].filter(([name, state]) => isWrong(state, isInCode(name))).map(([name, state]) => `${name}: ${state}`)
}

function isWrong(state: string, isInCode: boolean): boolean {
  if (!states.includes(state)) return true
  return state === 'not yet' ? isInCode : state === 'no effect' ? false : !isInCode
}

function rowsFor(table: ReadonlyMap<string, string>, path: string): readonly string[] {
  return [...table.keys()].filter((row) => covers(row, path))
}

/** `.a…` is about `.a` and everything below it. */
function covers(row: string, path: string): boolean {
  if (!row.endsWith('…')) return row === path
  const above = row.slice(0, -1)
  return path === above || ['.', '[', '{'].some((step) => path.startsWith(above + step))
}

/** Where a name alone is no evidence: the names of Orders and Challenges are hashes over fields that nothing else reads. */
const evidence: readonly (readonly [row: RegExp, isThere: () => boolean])[] = [
  // Handed on to the pod as it is.
  [/podTemplate…$/, () => knows('podTemplateOf')],
  [/\.dns01(\.cnameStrategy|\.nameservers…)?$/, () => dns01Providers().some((name) => /cloudflare|route53|rfc2136|webhook/.test(name))],
  [/\.gatewayHTTPRoute/, () => knows('httpRoutes')],
  [/^\.spec\.replaces$/, () => /\breplaces\b/.test(readPage('src/issuers/acme/order-for.ts'))],
  [/^\.spec\.solver…$/, () => knows('solver')],
]

/** DNS-01 providers are folders or files named after their field; any other field is one whose name, and those below it, the code knows. */
function isFieldKnown(row: string, paths: readonly string[]): boolean {
  const [, isThere] = evidence.find(([rows]) => rows.test(row)) ?? []
  if (isThere !== undefined) return isThere()
  const provider = /\.dns01\.(\w+)…$/.exec(row)?.[1]
  if (provider !== undefined) return dns01Providers().includes(provider.toLowerCase())
  return paths.every((path) =>
    knows(
      path
        .replaceAll(/[[\]{}]/g, '')
        .split('.')
        .at(-1) ?? '',
    ),
  )
}

function dns01Providers(): readonly string[] {
  const found = readdirSync(join(root, 'src', 'solvers', 'dns01'), { recursive: true, encoding: 'utf8' })
  return found.flatMap((path) => path.split('/')).map((name) => name.replace(/\.ts$/, '').replaceAll('-', '').toLowerCase())
}

/** The code that runs, without the definitions of the kinds. */
function sources(): string {
  const folder = join(root, 'src')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/^crds\/|\.test\.ts$|test-support|builders\.ts$/.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n')
}
