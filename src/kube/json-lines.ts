const NEWLINE = 0x0a

/**
 * Splits a byte stream into lines of UTF-8 text, each yielded without its newline; empty lines are left out.
 * Every byte is looked at once, however long a line is. A last line without a newline was cut off and is dropped.
 */
export async function* jsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let begun: Uint8Array[] = []
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      begun.push(chunk.subarray(from, end))
      const line = textOf(begun)
      begun = []
      from = end + 1
      if (line !== '') yield line
    }
    if (from < chunk.length) begun.push(chunk.subarray(from))
  }
}

/** Decodes only whole lines, so that a character that was split between two chunks survives. */
function textOf(parts: readonly Uint8Array[]): string {
  const [only] = parts
  const bytes = parts.length === 1 && only !== undefined ? Buffer.from(only.buffer, only.byteOffset, only.length) : Buffer.concat(parts)
  return bytes.toString('utf8')
}
