/** One block of a PEM text: the words after BEGIN, and the bytes. */
export interface PemBlock {
  readonly label: string
  readonly der: Uint8Array
}

export type PemReading =
  | { readonly kind: 'ok'; readonly blocks: readonly PemBlock[] }
  | { readonly kind: 'unreadable'; readonly why: string }

export interface PemLimit {
  readonly maxBytes: number
}

/** Upper bounds by what is expected. */
export type PemLimits = Readonly<Record<'certificate' | 'privateKey' | 'chain' | 'bundle', PemLimit>>

/** The defaults of `--max-certificate-size` and its siblings. */
export const defaultPemLimits: PemLimits = {
  certificate: { maxBytes: 36_500 },
  privateKey: { maxBytes: 13_000 },
  chain: { maxBytes: 95_000 },
  bundle: { maxBytes: 330_000 },
}

/** The bounds in force. One set for the whole process: every reader of PEM is guarded by it, also those that know of no options. */
export const pemLimit: { -readonly [K in keyof PemLimits]: PemLimits[K] } = { ...defaultPemLimits }

/** Sets the bounds, before anything is read. */
export function limitPem(limits: PemLimits): void {
  Object.assign(pemLimit, limits)
}

/**
 * The blocks of a PEM text, at least one, in linear time. As Go's pem.Decode does, it skips text between blocks and blocks that are
 * malformed; a text without one good block is unreadable.
 */
export function parsePem(text: string | Uint8Array, limits: PemLimit = pemLimit.bundle): PemReading {
  const bytes = typeof text === 'string' ? Buffer.byteLength(text) : text.byteLength
  if (bytes > limits.maxBytes) return { kind: 'unreadable', why: `the PEM has ${bytes} bytes, more than the limit of ${limits.maxBytes}` }

  const blocks: PemBlock[] = []
  let firstFault: string | undefined
  for (const { label, endLabel, body } of framedBlocks(typeof text === 'string' ? text : latin1(text))) {
    // What is no label may be a whole key on one line, so it is never quoted.
    if (!LABEL.test(label) || !LABEL.test(endLabel)) firstFault ??= 'a BEGIN or END line holds more than a label'
    else if (label !== endLabel) firstFault ??= `the ${label} block ends as ${endLabel}`
    else {
      const der = decodeBody(body)
      if (der !== undefined) blocks.push({ label, der })
      else firstFault ??= `the ${label} block is not base64`
    }
  }

  if (blocks.length > 0) return { kind: 'ok', blocks }
  return { kind: 'unreadable', why: firstFault ?? 'there is no PEM block' }
}

/** One PEM block with lines of 64 characters, ending in a newline. */
export function encodePem(label: string, der: Uint8Array): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64')
  const lines: string[] = []
  for (let at = 0; at < base64.length; at += 64) lines.push(base64.slice(at, at + 64))
  return `-----BEGIN ${label}-----\n${lines.map((line) => `${line}\n`).join('')}-----END ${label}-----\n`
}

const BEGIN = '-----BEGIN '
const END = '-----END '
const DASHES = '-----'
const LABEL = /^[A-Z0-9 ]{1,40}$/

interface FramedBlock {
  readonly label: string
  readonly endLabel: string
  readonly body: string
}

/** From each BEGIN line to the next END line; a BEGIN without END before the next BEGIN is forgotten. */
function* framedBlocks(text: string): Generator<FramedBlock> {
  let open: { readonly label: string; readonly bodyAt: number } | undefined
  for (let at = 0, next = 0; at < text.length; at = next) {
    const newline = text.indexOf('\n', at)
    next = newline === -1 ? text.length : newline + 1
    if (!text.startsWith(DASHES, at)) continue

    const line = text.slice(at, next).trimEnd()
    if (!line.endsWith(DASHES)) continue
    if (line.startsWith(BEGIN)) open = { label: labelOf(line, BEGIN), bodyAt: next }
    if (line.startsWith(END) && open !== undefined) {
      yield { label: open.label, endLabel: labelOf(line, END), body: text.slice(open.bodyAt, at) }
      open = undefined
    }
  }
}

function labelOf(line: string, prefix: string): string {
  return line.slice(prefix.length, Math.max(prefix.length, line.length - DASHES.length))
}

function decodeBody(body: string): Uint8Array | undefined {
  const base64 = withoutHeaders(body).replace(/\s+/g, '')
  if (base64.length % 4 !== 0 || base64.includes('-') || base64.includes('_')) return undefined

  // Node skips what is not base64; a length that is not the expected one tells that it did.
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  const der = Buffer.from(base64, 'base64')
  // A copy: what Buffer.from returns lies in a slab of 64 KiB with others, all of which a reading that is kept would hold.
  return der.length === (base64.length / 4) * 3 - padding ? new Uint8Array(der) : undefined
}

/** RFC 1421 headers ("Proc-Type: …") stand on the first lines, each with a colon. */
function withoutHeaders(body: string): string {
  let at = 0
  for (;;) {
    const newline = body.indexOf('\n', at)
    const lineEnd = newline === -1 ? body.length : newline
    const colon = body.indexOf(':', at)
    if (colon === -1 || colon >= lineEnd) return at === 0 ? body : body.slice(at)
    at = Math.min(lineEnd + 1, body.length)
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
