import { styleText } from 'node:util'

/** What the demo prints: plain lines for a file or a pipe, colors and a changing last line on a terminal. */
export interface Terminal {
  /** The beginning of a part of the story. */
  readonly headline: (text: string) => void
  readonly say: (text: string) => void
  /** A command as one would type it. */
  readonly command: (text: string) => void
  /** What a command has printed, which may be several lines. */
  readonly output: (text: string) => void
  /** A line of something that runs beside the story. */
  readonly aside: (text: string) => void
  readonly failure: (text: string) => void
  /** Shows, on a terminal only, how many seconds are left; returns how to end that. */
  readonly countdown: (untilMs: number) => () => void
}

type Format = Parameters<typeof styleText>[0]

/** Prints until `silence` is aborted. `styleText` looks at NO_COLOR and at whether stdout is a terminal. */
export function newTerminal(silence?: AbortSignal): Terminal {
  const style = (format: Format, text: string): string => styleText(format, text, { stream: process.stdout })
  const write = (text: string): void => {
    if (silence?.aborted !== true) process.stdout.write(`${process.stdout.isTTY ? clearLine : ''}${text}\n`)
  }
  const writeEach = (text: string, shown: (line: string) => string): void => {
    for (const line of text.trimEnd().split('\n')) write(shown(line))
  }
  return {
    headline: (text) => write(`\n${style(['bold', 'cyan'], `== ${text}`)}`),
    say: (text) => writeEach(text, (line) => line),
    command: (text) => write(`${style('green', '$')} ${style('bold', text)}`),
    output: (text) => text.trim() !== '' && writeEach(text, (line) => `  ${line}`),
    aside: (text) => writeEach(text, (line) => style('dim', `  ~ ${line}`)),
    failure: (text) => writeEach(text, (line) => style('red', line)),
    countdown: (untilMs) => countdown(untilMs, silence),
  }
}

const clearLine = '\r\u001b[K'

function countdown(untilMs: number, silence?: AbortSignal): () => void {
  if (!process.stdout.isTTY) return () => undefined
  const show = (): void => {
    if (silence?.aborted === true) return
    const seconds = Math.max(0, Math.ceil((untilMs - Date.now()) / 1_000))
    process.stdout.write(`${clearLine}  … ${seconds} s`)
  }
  show()
  const timer = setInterval(show, 1_000)
  return () => {
    clearInterval(timer)
    process.stdout.write(clearLine)
  }
}
