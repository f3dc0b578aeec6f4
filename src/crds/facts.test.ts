import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { customResourceDefinition } from './custom-resource-definition.ts'
import { kinds } from './kinds.ts'
import { base64Pattern, type JsonSchema } from './schema.ts'

// test/facts/crd-fields.json lists every field of the incumbent's CRDs. Ours must say the same of each, and nothing else but `ours`.

type Facts = Readonly<Record<string, unknown>>
interface KindFacts {
  readonly group: string
  readonly version: string
  readonly scope: string
  readonly served: boolean
  readonly storage: boolean
  readonly names: unknown
  readonly columns: unknown
  readonly selectableFields: readonly string[]
  readonly subresources: readonly string[]
  readonly fields: Readonly<Record<string, Facts>>
}

const expected = JSON.parse(readFileSync(new URL('../../test/facts/crd-fields.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, KindFacts>
>
const ofIncumbent = kinds.filter(({ resource }) => resource.group.endsWith('cert-manager.io'))
const ourKinds = ofIncumbent.map((kind) => [`${kind.resource.plural}.${kind.resource.group}`, customResourceDefinition(kind)] as const)

/** Bounds of ours that keep the CEL rules within their cost budget. None refuses what the incumbent accepts in practice. */
const solver = {
  '.dns01.nameservers': { maxItems: 10 },
  '.dns01.nameservers[]': { maxLength: 253 },
  '.dns01.rfc2136.nameserver': { maxLength: 512 },
  '.dns01.rfc2136.tsigAlgorithm': { maxLength: 64 },
  '.http01.ingress.ingressClassName': { maxLength: 253 },
  '.waitInsteadOfSelfCheck': { maxLength: 256 },
}
/** What the format `byte` asks for, without the format: rules compare these fields, and CEL decodes the format wrongly. */
const comparable = { format: undefined, pattern: base64Pattern }
const issuer = {
  '.spec.acme.caBundle': comparable,
  '.spec.acme.solvers': { maxItems: 1000 },
  '.spec.vault.caBundle': comparable,
  '.spec.venafi.tpp.caBundle': comparable,
  ...below('.spec.acme.solvers[]', solver),
}
const ours: Readonly<Record<string, Readonly<Record<string, Facts>>>> = {
  'certificaterequests.cert-manager.io': { '.spec.request': comparable },
  'orders.acme.cert-manager.io': {
    '.spec.request': comparable,
    '.status.authorizations': { maxItems: 10_000 },
    '.status.certificate': comparable,
  },
  'certificates.cert-manager.io': {
    '.spec.duration': { maxLength: 256 },
    '.spec.emailAddresses': { maxItems: 2000 },
    '.spec.emailAddresses[]': { maxLength: 320 }, // RFC 5321 section 4.5.3.1: 64 + 1 + 255
    '.spec.ipAddresses': { maxItems: 10_000 },
    '.spec.ipAddresses[]': { maxLength: 45 }, // the longest text of an IPv6 address
    '.spec.literalSubject': { maxLength: 8192 },
    '.spec.nameConstraints.excluded.ipRanges': { maxItems: 4000 },
    '.spec.nameConstraints.excluded.ipRanges[]': { maxLength: 64 },
    '.spec.nameConstraints.permitted.ipRanges': { maxItems: 4000 },
    '.spec.nameConstraints.permitted.ipRanges[]': { maxLength: 64 },
    '.spec.otherNames': { maxItems: 4000 },
    '.spec.otherNames[].oid': { maxLength: 256 },
    '.spec.renewBefore': { maxLength: 256 },
    '.spec.renewal.windows': { maxItems: 100 },
    '.spec.renewal.windows[].cron': { maxLength: 300 },
    '.spec.renewal.windows[].timezone': { maxLength: 256 },
    '.spec.renewal.windows[].windowDuration': { maxLength: 256 },
    '.spec.secretTemplate.annotations': { maxProperties: 100_000 }, // more do not fit into the 256 KiB that Kubernetes allows for all
    '.spec.secretTemplate.annotations{}': { maxLength: 262_144 },
    '.spec.secretTemplate.labels': { maxProperties: 10_000 },
    '.spec.secretTemplate.labels{}': { maxLength: 63 }, // what Kubernetes allows for any label
  },
  'issuers.cert-manager.io': issuer,
  'clusterissuers.cert-manager.io': issuer,
  'challenges.acme.cert-manager.io': {
    '.spec.type': { enum: ['HTTP-01', 'DNS-01', 'TLS-ALPN-01', 'DNS-PERSIST-01'] },
    ...below('.spec.solver', solver),
  },
}

test('there is a definition for every kind of the incumbent, and no other in its groups', () => {
  expect(ourKinds.map(([name]) => name).sort()).toEqual(Object.keys(expected).sort())
})

describe.each(ourKinds)('%s', (name, definition) => {
  const facts = expected[name]
  const version = definition.spec.versions[0]
  if (facts === undefined || version === undefined) throw new Error(`no facts about ${name}`)

  test('has the fields of the incumbent with the same types, enums, defaults and bounds', () => {
    const found = withoutExtensions(flatten(version.schema.openAPIV3Schema))
    expect(differences(withOurs(facts.fields, ours[name] ?? {}), found)).toEqual([])
  })

  test('has the names, scope and version of the incumbent', () => {
    expect(definition.spec.names).toEqual(facts.names)
    expect(definition.spec).toMatchObject({ group: facts.group, scope: facts.scope })
    expect(version).toMatchObject({ name: facts.version, served: facts.served, storage: facts.storage })
    expect(Object.keys(version.subresources)).toEqual(facts.subresources)
  })

  test('prints the columns of the incumbent', () => expect(version.additionalPrinterColumns).toEqual(facts.columns))

  test('can be selected by the fields of the incumbent', () => {
    expect((version.selectableFields ?? []).map(({ jsonPath }) => jsonPath)).toEqual(facts.selectableFields)
  })
})

/** One line for each field that differs, with both sides. */
function differences(want: Readonly<Record<string, Facts>>, got: Readonly<Record<string, Facts>>): readonly string[] {
  const paths = [...new Set([...Object.keys(want), ...Object.keys(got)])].sort()
  return paths
    .filter((path) => canonical(want[path]) !== canonical(got[path]))
    .map((path) => `${path}: expected ${canonical(want[path])}, got ${canonical(got[path])}`)
}

function withOurs(facts: Readonly<Record<string, Facts>>, more: Readonly<Record<string, Facts>>): Record<string, Facts> {
  const merged: Record<string, Facts> = {}
  for (const [path, { rules: _rules, ...fact }] of Object.entries(facts)) merged[path] = { ...fact, ...more[path] }
  for (const path of Object.keys(more)) if (!(path in facts)) throw new Error(`listed as ours, but the incumbent has no ${path}`)
  return merged
}

const extensions = /\.(tlsALPN01|dnsPersist01|challenges\[\]\.issuerDomainNames|challenges\[\]\.accountHashPrefix)\b/

/** Without the fields that the incumbent does not have: what it drops when it comes back. */
function withoutExtensions(found: Readonly<Record<string, Facts>>): Record<string, Facts> {
  return Object.fromEntries(Object.entries(found).filter(([path]) => !extensions.test(path)))
}

/** Path to what the schema says of it; `[]` steps into items, `{}` into map values. The metadata of an object is not part of it. */
function flatten(schema: JsonSchema, path = ''): Record<string, Facts> {
  const { properties = {}, items, additionalProperties, description: _description, 'x-kubernetes-validations': _rules, ...own } = schema
  const below = Object.entries(properties)
    .filter(([name]) => `${path}.${name}` !== '.metadata')
    .map(([name, value]) => flatten(value, `${path}.${name}`))
  return Object.assign(
    { [path || '.']: own },
    ...below,
    items && flatten(items, `${path}[]`),
    additionalProperties && flatten(additionalProperties, `${path}{}`),
  )
}

function below(path: string, facts: Readonly<Record<string, Facts>>): Record<string, Facts> {
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [path + name, fact]))
}

function canonical(fact: Facts | undefined): string {
  if (fact === undefined) return 'nothing'
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(fact)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => [key, sorted(key, value)]),
    ),
  )
}

function sorted(key: string, value: unknown): unknown {
  return Array.isArray(value) && (key === 'required' || key === 'enum') ? [...value].sort() : value
}
