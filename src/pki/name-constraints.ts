import type { DerReader } from './der/der-reader.ts'
import { decodeIa5, isIa5 } from './der/der-string.ts'
import { contextConstructedTag, contextTag, element, elementOf, sequence, tag } from './der/der-writer.ts'
import { formatCidr, parseCidr } from './ip-address.ts'

/** One side of the constraints, as the Certificate resource writes it. */
export interface NameConstraintItems {
  readonly dnsDomains?: readonly string[] | undefined
  /** CIDR text. */
  readonly ipRanges?: readonly string[] | undefined
  readonly emailAddresses?: readonly string[] | undefined
  readonly uriDomains?: readonly string[] | undefined
}

export interface NameConstraints {
  readonly critical?: boolean | undefined
  readonly permitted?: NameConstraintItems | undefined
  readonly excluded?: NameConstraintItems | undefined
}

/** Why these constraints cannot be encoded, in a sentence; undefined: they can. */
export function nameConstraintsProblem({ permitted, excluded }: NameConstraints): string | undefined {
  for (const items of [permitted ?? {}, excluded ?? {}]) {
    const range = items.ipRanges?.find((text) => parseCidr(text) === undefined)
    if (range !== undefined) return `${JSON.stringify(range)} is not an IP range in CIDR notation`
    const texts = [...(items.dnsDomains ?? []), ...(items.emailAddresses ?? []), ...(items.uriDomains ?? [])]
    const ia5 = texts.find((text) => !isIa5(text))
    if (ia5 !== undefined) return `${JSON.stringify(ia5)} is not ASCII`
  }
  return undefined
}

/** The value of the extension, RFC 5280 §4.2.1.10; undefined when nothing is constrained. Throws where there is a problem. */
export function encodeNameConstraints({ permitted, excluded }: NameConstraints): Uint8Array | undefined {
  const sides = [encodeSubtrees(0, permitted ?? {}), encodeSubtrees(1, excluded ?? {})].filter((side) => side !== undefined)
  return sides.length === 0 ? undefined : sequence(...sides)
}

/** The constraints of an extension's value. A kind that the API cannot say is a fault: leaving it out would widen the constraint. */
export function readNameConstraints(reader: DerReader, extension: { readonly critical: boolean }): NameConstraints {
  const sides = reader.enter(tag.sequence, WHAT)
  const permitted = readSubtrees(sides, 0)
  const excluded = readSubtrees(sides, 1)
  if (permitted === undefined && excluded === undefined) reader.fail(`${WHAT} constrains nothing`)
  sides.finish(WHAT)
  reader.finish(WHAT)
  return { critical: extension.critical, permitted, excluded }
}

const WHAT = 'the NameConstraints extension'

/** The choices of GeneralName, RFC 5280 §4.2.1.6. */
const kind = { emailAddress: 1, dnsName: 2, uri: 6, ipAddress: 7 } as const

function encodeSubtrees(number: 0 | 1, items: NameConstraintItems): Uint8Array | undefined {
  const subtrees = [
    ...(items.dnsDomains ?? []).map((text) => subtree(kind.dnsName, ascii(text))),
    ...(items.ipRanges ?? []).map((text) => subtree(kind.ipAddress, range(text))),
    ...(items.emailAddresses ?? []).map((text) => subtree(kind.emailAddress, ascii(text))),
    ...(items.uriDomains ?? []).map((text) => subtree(kind.uri, ascii(text))),
  ]
  return subtrees.length === 0 ? undefined : elementOf(contextConstructedTag(number), subtrees)
}

function subtree(number: number, content: Uint8Array): Uint8Array {
  return sequence(element(contextTag(number), content))
}

function ascii(text: string): Uint8Array {
  if (!isIa5(text)) throw new RangeError('a name constraint is not ASCII')
  return Buffer.from(text, 'latin1')
}

function range(text: string): Uint8Array {
  const bytes = parseCidr(text)
  if (bytes === undefined) throw new RangeError('a name constraint is not an IP range')
  return bytes
}

function readSubtrees(sides: DerReader, number: 0 | 1): NameConstraintItems | undefined {
  if (!sides.sees(contextConstructedTag(number))) return undefined
  const subtrees = sides.enter(contextConstructedTag(number), WHAT)
  const items = { dnsDomains: [] as string[], ipRanges: [] as string[], emailAddresses: [] as string[], uriDomains: [] as string[] }
  while (!subtrees.atEnd) {
    const entry = subtrees.enter(tag.sequence, WHAT)
    const name = entry.any(WHAT)
    // RFC 5280 §4.2.1.10: minimum is 0 and so left out, maximum is absent.
    entry.finish('a name constraint')
    switch (name.tag) {
      case contextTag(kind.dnsName):
        items.dnsDomains.push(decodeIa5(sides, name.content, 'a name constraint'))
        break
      case contextTag(kind.emailAddress):
        items.emailAddresses.push(decodeIa5(sides, name.content, 'a name constraint'))
        break
      case contextTag(kind.uri):
        items.uriDomains.push(decodeIa5(sides, name.content, 'a name constraint'))
        break
      case contextTag(kind.ipAddress):
        items.ipRanges.push(readRange(sides, name.content))
        break
      default:
        sides.fail('a name constraint is of a kind that is not supported')
    }
  }
  return items
}

function readRange(reader: DerReader, content: Uint8Array): string {
  const text = formatCidr(content)
  if (text === undefined) reader.fail('a name constraint is not an IP range')
  return text ?? ''
}
