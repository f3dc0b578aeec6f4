import { beforeAll, describe, expect, test } from 'vitest'
import { pathsIn, valueAt, type Path } from '../crds/sample.test-support.ts'
import { operatorInMemory } from './operator-in-memory.test-support.ts'
import { foreign, ours } from './sample-objects.test-support.ts'

/** Values that the API server would hardly store there. */
const wrongTypes = [null, 42, [null], { a: null }]
/** Values of the right type that mean nothing, or too much. */
const wrongTexts = ['', 'not a value', '\u0000../*.', '-1h', 'x'.repeat(100_000)]

function poisonsFor(value: unknown): readonly unknown[] {
  if (typeof value === 'string') return [undefined, ...wrongTypes, ...wrongTexts]
  if (typeof value === 'number') return [undefined, ...wrongTypes, 0, Number.MAX_SAFE_INTEGER]
  if (Array.isArray(value)) return [undefined, ...wrongTypes, Array.from({ length: 500 }, () => value[0])]
  if (typeof value === 'object') return [undefined, ...wrongTypes, { [`x`.repeat(1_000)]: 1 }]
  return [undefined, ...wrongTypes]
}

/** Of kinds whose types the API server itself keeps, only what can be left out, and texts. */
function milderPoisonsFor(value: unknown): readonly unknown[] {
  if (typeof value === 'string') return wrongTexts
  return Array.isArray(value) ? [undefined, []] : []
}

test('all is well as long as nothing is poisoned', async () => {
  const operator = operatorInMemory()
  for (const object of [...ours, ...foreign]) operator.show(object)
  for (const object of [...ours, ...foreign]) expect(await operator.breaksAt(object)).toEqual([])
  expect(operator.leftAlone()).toEqual([])
})

describe('a poisoned object harms nobody else and breaks no decision', () => {
  const operator = operatorInMemory()
  beforeAll(() => [...ours, ...foreign].forEach((object) => operator.show(object)))

  test.each(ours.map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))('%s', async (_what, object) => {
    const paths = ['metadata', 'spec', 'status'].flatMap((part) => pathsIn(valueAt(object, [part]), [part])).filter(isPoisonable)
    expect(await operator.breaksWith(object, paths, poisonsFor)).toEqual([])
  })

  test.each(foreign.map((object) => [object.kind, object] as const))('a foreign %s', async (_what, object) => {
    expect(await operator.breaksWith(object, pathsIn(object).filter(isPoisonable), milderPoisonsFor)).toEqual([])
  })
})

/** Who an object is, is for the API server to say. */
function isPoisonable(path: Path): boolean {
  return path.length > 0 && !/^(apiVersion|kind|metadata|metadata,(name|namespace|uid|generation|managedFields.*))$/.test(path.join())
}
