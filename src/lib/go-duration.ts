const unitInMilliseconds: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3, // U+00B5, micro sign
  μs: 1e-3, // U+03BC, Greek letter mu
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
}

const term = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y

/**
 * Reads a duration as Go writes it (`2160h`, `1h30m`, `1.5h`, `-5m`, `0`): the form of every duration in our API and flags.
 * Returns milliseconds, or undefined when the text is not one.
 */
export function parseGoDuration(text: string): number | undefined {
  const isNegative = text.startsWith('-')
  const unsigned = text.startsWith('-') || text.startsWith('+') ? text.slice(1) : text
  if (unsigned === '0') return 0
  const milliseconds = sumOfTerms(unsigned)
  if (milliseconds === undefined) return undefined
  return isNegative ? -milliseconds : milliseconds
}

function sumOfTerms(text: string): number | undefined {
  if (text === '') return undefined
  let sum = 0
  term.lastIndex = 0
  while (term.lastIndex < text.length) {
    const match = term.exec(text)
    if (match === null) return undefined
    sum += Number(match[1]) * (unitInMilliseconds[match[2] ?? ''] ?? 0)
  }
  return sum
}

/** Writes milliseconds as Go does (`1h0m0s`, `1m30s`, `0s`), so that a duration looks the same whoever wrote it. */
export function formatGoDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s'
  const sign = milliseconds < 0 ? '-' : ''
  const total = Math.abs(milliseconds) / 1_000
  const hours = Math.floor(total / 3_600)
  const minutes = Math.floor((total % 3_600) / 60)
  const seconds = `${Number((total % 60).toFixed(3))}s`
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`
}
