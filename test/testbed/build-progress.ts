import type { ToolName } from './tools.ts'

export interface BuildProgress {
  readonly start: (name: ToolName) => void
  readonly finish: (name: ToolName) => void
  /** It has failed, for this reason, and begins anew. */
  readonly tryAgain: (name: ToolName, why: string) => void
  readonly stop: () => void
}

const isTerminal = process.stderr.isTTY
const tickEveryMs = isTerminal ? 1_000 : 15_000

/** Tells on stderr what is being built: one line that keeps changing on a terminal, a line every 15 seconds in a log. */
export function buildProgress(names: readonly ToolName[]): BuildProgress {
  const startedAt = Date.now()
  let current: { name: ToolName; at: number; since: number } | undefined
  write(`testbed: building ${names.join(', ')} from source, once`)
  if (names.includes('kube-apiserver'))
    write('testbed: with a cold Go build cache this takes about 15 minutes on 2 cores; after that, nothing')

  const show = (): void => {
    if (current === undefined) return
    replace(`testbed: [${current.at} of ${names.length}] ${current.name} … ${seconds(current.since)} (${seconds(startedAt)} in all)`)
  }
  const timer = setInterval(show, tickEveryMs)
  return {
    start: (name) => {
      current = { name, at: names.indexOf(name) + 1, since: Date.now() }
      show()
    },
    finish: (name) => {
      const { at, since } = current ?? { at: names.indexOf(name) + 1, since: startedAt }
      current = undefined
      write(`testbed: [${at} of ${names.length}] ${name} built in ${seconds(since)}`)
    },
    tryAgain: (name, why) => write(`testbed: ${name} is tried once more: ${why}`),
    stop: () => clearInterval(timer),
  }
}

function write(line: string): void {
  process.stderr.write(isTerminal ? `\r\u001b[K${line}\n` : `${line}\n`)
}

function replace(line: string): void {
  process.stderr.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`)
}

function seconds(since: number): string {
  return `${Math.round((Date.now() - since) / 1_000)} s`
}
