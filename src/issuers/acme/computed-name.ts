import { fnv1 } from '../../lib/fnv1.ts'
import type { GoShape } from '../../lib/go-json.ts'
import { goJson } from '../../lib/go-json.ts'

const PREFIX_LENGTH = 52

/**
 * The name cert-manager gives to an object made for a spec: a prefix and a decimal FNV-1 hash of the spec as Go writes it, at most
 * 63 characters. Whoever of the two runs next finds the same object under the same name.
 */
export function computedName(prefix: string, spec: unknown, shape: GoShape): string {
  return `${shortened(prefix)}-${fnv1(goJson(spec, shape))}`
}

/** Whether a prefix is too long to stand in a computed name unshortened, so that its hash must cover it too. */
export function isShortened(prefix: string): boolean {
  return prefix.length >= PREFIX_LENGTH
}

/** Cuts to 52 characters and back to the last letter or digit, so that what follows the prefix keeps it a DNS name. */
function shortened(prefix: string): string {
  return isShortened(prefix) ? prefix.slice(0, PREFIX_LENGTH).replace(/[^a-zA-Z0-9]+$/, '') : prefix
}
