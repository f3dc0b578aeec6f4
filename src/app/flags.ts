import { parseGoDuration } from '../lib/go-duration.ts'

/** How the text of one flag becomes a value. */
export interface Flag<T> {
  readonly fallback: T
  /** undefined: the text is no such value. */
  readonly parse: (text: string) => T | undefined
  /** `--flag` alone means this; without it the flag needs a value. */
  readonly alone?: T
  /** The flag adds to what a configuration file says; others take its place. */
  readonly addsToFile?: true
}

export function text(fallback: string): Flag<string> {
  return { fallback, parse: (value) => value }
}

/** `true`/`false` in the forms that Go accepts. */
export function onOff(fallback: boolean): Flag<boolean> {
  return {
    fallback,
    alone: true,
    parse: (value) => (/^(1|t|true)$/i.test(value) ? true : /^(0|f|false)$/i.test(value) ? false : undefined),
  }
}

/** A whole number that is not negative. */
export function count(fallback: number): Flag<number> {
  return { fallback, parse: (value) => (/^\d{1,9}$/.test(value) ? Number(value) : undefined) }
}

/** A Go duration; milliseconds. */
export function duration(fallback: number): Flag<number> {
  return { fallback, parse: parseGoDuration }
}

/** One of these words. */
export function oneOf<const Word extends string>(words: readonly Word[], fallback: NoInfer<Word>): Flag<Word> {
  return { fallback, parse: (value) => words.find((word) => word === value) }
}

/** A Kubernetes resource quantity that is not negative, such as `100m` or `64Mi`. */
export function quantity(fallback: string): Flag<string> {
  const pattern = /^(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/
  return { fallback, parse: (value) => (pattern.test(value) ? value : undefined) }
}

/** Labels as `key=value,key=value`. */
export function labels(fallback: Readonly<Record<string, string>>): Flag<Readonly<Record<string, string>>> {
  return { fallback, parse: parseLabels }
}

/** Comma-separated; given twice, the lists are joined. */
export function list(fallback: readonly string[]): Flag<readonly string[]> {
  return { fallback, parse: (value) => (value === '' ? [] : value.split(',').map((item) => item.trim())) }
}

export type FlagValues<Flags> = { readonly [K in keyof Flags]: Flags[K] extends Flag<infer T> ? T : never }

export interface ParsedFlags<Flags> {
  readonly values: FlagValues<Flags>
  /** Flags that nobody knows, or that have no effect here: told, and otherwise ignored, so that a migrated Deployment starts. */
  readonly unknown: readonly string[]
  /** Flags with a value that does not parse: these do stop the start. */
  readonly invalid: readonly string[]
}

/**
 * Reads arguments as Kubernetes programs do: `--flag=value`, `--flag value`, `-f=value`, and `--flag` alone for on/off flags.
 * A flag name in `flags` stands without its dashes. What a configuration file says (by flag) holds where the arguments say nothing.
 */
export function parseFlags<Flags extends Readonly<Record<string, Flag<unknown>>>>(
  flags: Flags,
  args: readonly string[],
  inFile: ReadonlyMap<string, unknown> = new Map(),
): ParsedFlags<Flags> {
  const given = new Map([...inFile].filter(([name]) => flags[name]?.addsToFile === true))
  const unknown: string[] = []
  const invalid: string[] = []
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? ''
    const name = arg.replace(/^--?/, '').split('=', 1)[0] ?? ''
    const flag = arg.startsWith('-') ? flags[name] : undefined
    const following = args[at + 1]
    let value = arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : undefined
    if (flag === undefined) {
      unknown.push(arg.split('=', 1)[0] ?? arg)
      // `--unknown value`: the value belongs to it.
      if (arg.startsWith('-') && value === undefined && following !== undefined && !following.startsWith('-')) at += 1
      continue
    }
    if (value === undefined && flag.alone === undefined && following !== undefined) {
      value = following
      at += 1
    }
    const parsed = value === undefined ? flag.alone : flag.parse(value)
    if (parsed === undefined) invalid.push(arg)
    else given.set(name, joined(given.get(name), parsed))
  }
  const values = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => {
      const from = [given, inFile].find((source) => source.has(name))
      return [name, from === undefined ? flag.fallback : from.get(name)]
    }),
  )
  return { values: values as FlagValues<Flags>, unknown, invalid }
}

function joined(before: unknown, next: unknown): unknown {
  return Array.isArray(before) && Array.isArray(next) ? [...(before as unknown[]), ...(next as unknown[])] : next
}

function parseLabels(text: string): Readonly<Record<string, string>> | undefined {
  if (text === '') return {}
  const pairs = text.split(',').map((pair) => LABEL.exec(pair.trim()))
  if (!pairs.every((pair) => pair !== null)) return undefined
  return Object.fromEntries(pairs.map(({ groups }) => [groups?.['key'] ?? '', groups?.['value'] ?? '']))
}

const WORD = '[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?'
/** A key with or without a prefix, and a value that may be empty. */
const LABEL = new RegExp(`^(?<key>(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?${WORD})=(?<value>(?:${WORD})?)$`)
