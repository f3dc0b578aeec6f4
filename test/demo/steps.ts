import type { Terminal } from './terminal.ts'

/** The parts of the story: each has a headline, a limit after which it counts as failed, and a time that is told at the end. */
export interface Steps {
  /** Throws when `work` throws or takes longer than the limit. */
  readonly run: <T>(name: string, limitSeconds: number, work: () => Promise<T>) => Promise<T>
  /** What took how long, in one line. */
  readonly summary: () => string
}

/** `spentMs` names parts that are over already. */
export function newSteps(terminal: Terminal, spentMs: Readonly<Record<string, number>>): Steps {
  const spent = new Map(Object.entries(spentMs))
  return {
    run: async (name, limitSeconds, work) => {
      terminal.headline(name)
      const startedAt = Date.now()
      const result = await within(limitSeconds, work())
      spent.set(name, Date.now() - startedAt)
      return result
    },
    summary: () => {
      const inAll = [...spent.values()].reduce((sum, each) => sum + each, 0)
      const width = Math.max(...[...spent.keys(), total].map((name) => name.length))
      return [...spent, [total, inAll] as const].map(([name, ms]) => `  ${name.padEnd(width)}  ${inSeconds(ms).padStart(8)}`).join('\n')
    },
  }
}

const total = 'in all'

/** `4.2 s` */
export function inSeconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`
}

async function within<T>(seconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`this was not done after ${seconds} s`)), seconds * 1_000)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
