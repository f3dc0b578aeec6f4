import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { endOnExit } from './end-on-exit.ts'
import { ensureTools } from './toolchain.ts'

export interface DaemonOptions {
  /** What people call it in messages, e.g. `kube-apiserver`. */
  readonly name: string
  readonly command: readonly [program: string, ...arguments_: string[]]
  readonly logFile: string
  readonly env?: Readonly<Record<string, string>>
  /** Default: that of this process. */
  readonly folder?: string
  /** Asked again and again until it returns true; a throw counts as false. */
  readonly isReady: () => Promise<boolean>
  /** How long to ask. Default two minutes, because machines under test are slow ones. */
  readonly readyWithinMs?: number
}

/** A running program that the kernel kills when this process dies, in whatever way. */
export interface Daemon {
  readonly name: string
  readonly pid: number
  readonly logFile: string
  readonly isRunning: () => boolean
  /** Ends it (SIGTERM, and SIGKILL after 5 s) and waits until it is gone. Does nothing when it is gone. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>
}

/** Starts a program and waits until it is ready. Throws with the end of its log when it dies or does not become ready. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { 'testbed-init': init } = await ensureTools(['testbed-init'])
  const log = openSync(options.logFile, 'a')
  const child = spawn(init, ['tied', String(process.pid), '--', ...options.command], {
    stdio: ['ignore', log, log],
    env: { ...process.env, ...options.env },
    cwd: options.folder,
    // A session of its own: Ctrl-C in a terminal is for us, and we stop the daemons in their order.
    detached: true,
  })
  closeSync(log)
  await once(child, 'spawn')
  const forget = endOnExit(() => child.kill('SIGKILL'))
  child.once('exit', forget)
  const daemon = daemonOf(child, options)
  try {
    await untilReady(daemon, options)
  } catch (error) {
    await daemon.stop('SIGKILL')
    throw error
  }
  return daemon
}

function daemonOf(child: ChildProcess, { name, logFile }: DaemonOptions): Daemon {
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    name,
    logFile,
    pid: child.pid ?? 0,
    isRunning,
    stop: async (signal = 'SIGTERM') => {
      if (!isRunning()) return
      child.kill(signal)
      const lastResort = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await gone
      clearTimeout(lastResort)
    },
  }
}

async function untilReady(daemon: Daemon, { isReady, readyWithinMs = 120_000 }: DaemonOptions): Promise<void> {
  const giveUpAt = Date.now() + readyWithinMs
  while (daemon.isRunning()) {
    let reason: unknown
    const isReadyNow = await isReady().catch((error: unknown) => {
      reason = error
      return false
    })
    if (isReadyNow) return
    if (Date.now() > giveUpAt)
      throw await failure(daemon, `was not ready after ${readyWithinMs / 1_000} s (${String(reason ?? 'it answers, but says no')})`)
    await sleep(50)
  }
  throw await failure(daemon, 'ended while starting')
}

async function failure(daemon: Daemon, what: string): Promise<Error> {
  const log = await readFile(daemon.logFile, 'utf8')
  return new Error(`${daemon.name} ${what}; the end of ${daemon.logFile}:\n${log.trimEnd().split('\n').slice(-20).join('\n')}`)
}
