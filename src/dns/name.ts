import { OperatorError } from '../lib/operator-error.ts'

export const MAX_NAME = 255
const MAX_LABEL = 63

/**
 * Names are text in lowercase without the dot at their end; the root is empty. Bytes of a label other than letters, digits, `-`, `_` and
 * `*` are written as `\032`, dots among them (RFC 1035 §5.1).
 */
export function normalName(name: string): string {
  return name.trim().toLowerCase().replace(/\.$/, '')
}

/** Whether `name` is `zone` or lies below it. */
export function isWithin(zone: string, name: string): boolean {
  return zone === '' || name === zone || name.endsWith(`.${zone}`)
}

/** The name without its first label. */
export function parentOf(name: string): string {
  return name.split('.').slice(1).join('.')
}

/** The name in the form of a message (RFC 1035 §3.1), without compression. Throws when it is none that DNS can hold. */
export function encodeName(name: string): Buffer {
  const labels = name === '' ? [] : name.split('.').map(bytesOf)
  const length = labels.reduce((sum, label) => sum + label.length + 1, 1)
  if (length > MAX_NAME || labels.some((label) => label.length === 0 || label.length > MAX_LABEL)) {
    throw new OperatorError('dns/badName', `${JSON.stringify(name.slice(0, MAX_NAME))} is no name that DNS can hold`)
  }
  return Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), label]), Buffer.of(0)])
}

/** One label of a message as text. */
export function labelText(label: Uint8Array): string {
  return Array.from(label, textOf).join('')
}

function textOf(byte: number): string {
  const character = String.fromCharCode(byte)
  return /[A-Za-z0-9_*-]/.test(character) ? character.toLowerCase() : `\\${String(byte).padStart(3, '0')}`
}

function bytesOf(label: string): Buffer {
  return Buffer.from(
    label.replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number(code) % 256)),
    'latin1',
  )
}
