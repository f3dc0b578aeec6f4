import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { customResourceDefinition } from './custom-resource-definition.ts'
import { kinds } from './kinds.ts'
import { manifests } from './manifests.ts'
import type { JsonSchema, Rule } from './schema.ts'

const folder = new URL('../../deploy/crds/', import.meta.url)

test('deploy/crds holds a file for every kind and no other', () => {
  expect(readdirSync(folder).sort()).toEqual(
    manifests()
      .map(({ name }) => name)
      .sort(),
  )
})

test.each(manifests())('deploy/crds/$name is up to date (node src/crds/generate.ts)', ({ name, text }) => {
  expect(readFileSync(new URL(name, folder), 'utf8')).toBe(text)
})

test.each(kinds)('the YAML of $resource.kind reads back as its definition', (kind) => {
  const definition = customResourceDefinition(kind)
  const text = manifests().find(({ name }) => name.startsWith(`${kind.resource.plural}.`))?.text
  expect(parse(text ?? '')).toEqual(definition)
})

test.each(kinds)('every rule of $resource.kind has a sentence without a full stop, on one line', (kind) => {
  const wrong = rulesOf(kind.spec.json, kind.status.json, { 'x-kubernetes-validations': kind.rules ?? [] }).filter(
    ({ rule, message }) => message === '' || /[.\n]$/.test(message) || /\n/.test(message + rule),
  )
  expect(wrong).toEqual([])
})

function rulesOf(...schemas: readonly JsonSchema[]): readonly Rule[] {
  return schemas.flatMap(({ properties = {}, items, additionalProperties, 'x-kubernetes-validations': rules = [] }) => [
    ...rules,
    ...rulesOf(...Object.values(properties), ...(items ? [items] : []), ...(additionalProperties ? [additionalProperties] : [])),
  ])
}
