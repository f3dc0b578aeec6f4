import { expect, test } from 'vitest'
import { jsonLines } from './json-lines.ts'

async function* stream(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

async function linesOf(...chunks: readonly (string | Uint8Array)[]): Promise<string[]> {
  const lines: string[] = []
  for await (const line of jsonLines(stream(...chunks))) lines.push(line)
  return lines
}

test.each<[what: string, chunks: readonly string[], lines: readonly string[]]>([
  ['one line in one chunk', ['{"a":1}\n'], ['{"a":1}']],
  ['many lines in one chunk', ['1\n2\n3\n'], ['1', '2', '3']],
  ['a line in many chunks', ['{"a"', ':', '1}', '\n'], ['{"a":1}']],
  ['a newline at the start of a chunk', ['1', '\n2\n'], ['1', '2']],
  ['empty lines, which are left out', ['1\n\n\n2\n'], ['1', '2']],
  ['a last line that was cut off: it is dropped', ['1\n{"a":'], ['1']],
  ['nothing at all', [], []],
])('splits %s', async (_what, chunks, lines) => {
  expect(await linesOf(...chunks)).toEqual(lines)
})

test('a character that is split between two chunks survives', async () => {
  const bytes = Buffer.from('"grün €"\n')
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(await linesOf(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(['"grün €"'])
  }
})

test('a line of 64 MiB in small chunks is read once, not once per chunk', async () => {
  const piece = Buffer.alloc(16 * 1024, 'x')
  let looked = 0
  const counted = new Proxy(piece, {
    get: (target, property) => {
      if (property === 'indexOf') looked += 1
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const pieces = 4096
  const [line] = await linesOf(...Array.from({ length: pieces }, () => counted), '\n')
  expect(line?.length).toBe(pieces * piece.length)
  expect(looked).toBe(pieces)
})
