import { rmSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Daemon } from './daemon.ts'
import { endOnExit } from './end-on-exit.ts'

/** What has to be undone when a testbed stops, last in first out. */
export interface Teardown {
  readonly add: (undo: () => Promise<void>) => void
  readonly keepFolder: () => void
  /** Undoes everything once, however often it is called, and then removes the folder unless it is to be kept. */
  readonly run: () => Promise<void>
}

/** The presence of this file says that a folder of a testbed that is over was left on purpose. */
export const keptMarker = 'kept'

export function newTeardown(folder: string, mayKeep: boolean): Teardown {
  const undos: (() => Promise<void>)[] = []
  let isKept = mayKeep
  let done: Promise<void> | undefined
  const forget = endOnExit(() => {
    if (!isKept) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })
  const undoAll = async (): Promise<void> => {
    for (const undo of undos.toReversed()) await undo()
    forget()
    if (isKept) await writeFile(join(folder, keptMarker), '')
    else await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  return {
    add: (undo) => undos.push(undo),
    keepFolder: () => {
      isKept = true
    },
    run: () => (done ??= undoAll()),
  }
}

/** Waits for a daemon to start and ends it when the testbed stops. Without a chance to tidy up: all that it wrote goes too. */
export async function startPart(teardown: Teardown, starting: Promise<Daemon>): Promise<Daemon> {
  const daemon = await starting
  teardown.add(() => daemon.stop('SIGKILL'))
  return daemon
}

/** A daemon that tests may stop and start again. Both do nothing when it is so already. */
export interface Restartable {
  readonly start: () => Promise<void>
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>
}

export function restartable(teardown: Teardown, start: () => Promise<Daemon>): Restartable {
  let current: Daemon | undefined
  teardown.add(async () => current?.stop('SIGKILL'))
  return {
    start: async () => {
      if (current?.isRunning() !== true) current = await start()
    },
    stop: async (signal) => current?.stop(signal),
  }
}
