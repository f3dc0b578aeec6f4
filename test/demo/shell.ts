import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { endOnExit } from '../testbed/end-on-exit.ts'
import type { Terminal } from './terminal.ts'

const root = join(import.meta.dirname, '..', '..')

/** Runs commands in the root of the repository, exactly as they are printed. */
export interface Shell {
  /** Prints a command and what it prints, and returns that. Throws with what it said when it fails. */
  readonly run: (command: string, options?: RunOptions) => Promise<string>
  /** Prints a command and runs it beside the story until the demo ends. */
  readonly startAside: (command: string) => void
  /** Ends what runs beside the story. */
  readonly stop: () => void
}

export interface RunOptions {
  /** What is shown of its output. Default: all of it. */
  readonly shown?: (output: string) => string
}

/** `environment` comes on top of this process's own: KUBECONFIG, and a PATH with kubectl. */
export function newShell(terminal: Terminal, environment: Readonly<Record<string, string>>): Shell {
  const start = (command: string): ChildProcess => {
    // A process group of its own, so that all of a pipeline ends with us, and a Ctrl-C goes to us alone.
    const child = spawn('sh', ['-c', command], {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    child.once(
      'exit',
      endOnExit(() => endGroup(child)),
    )
    return child
  }
  const asides: ChildProcess[] = []
  return {
    run: async (command, { shown = (output: string): string => output } = {}) => {
      terminal.command(command)
      const { code, output } = await finished(start(command))
      terminal.output(code === 0 ? shown(output) : output)
      if (code !== 0) throw new Error(`this command failed: ${command}`)
      return output
    },
    startAside: (command) => {
      terminal.command(`${command} &`)
      const child = start(command)
      asides.push(child)
      if (child.stdout !== null) createInterface(child.stdout).on('line', terminal.aside)
    },
    stop: () => {
      for (const child of asides) endGroup(child)
    },
  }
}

/** Both streams in the order in which they came, as a terminal would show them. */
async function finished(child: ChildProcess): Promise<{ readonly code: number; readonly output: string }> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  await once(child, 'close')
  return { code: child.exitCode ?? 1, output }
}

function endGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}
