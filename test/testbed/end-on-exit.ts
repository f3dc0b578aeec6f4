const endings = new Set<() => void>()
const signals = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

/**
 * Calls `end` when this process exits, also through a signal or an uncaught exception; it cannot wait for anything.
 * Returns how to take that back. A program with signal handlers of its own keeps the say over when it exits.
 */
export function endOnExit(end: () => void): () => void {
  if (endings.size === 0) listen()
  endings.add(end)
  return () => {
    endings.delete(end)
    if (endings.size === 0) stopListening()
  }
}

function listen(): void {
  process.on('exit', runEndings)
  for (const signal of Object.keys(signals)) process.on(signal, exitOn)
}

function stopListening(): void {
  process.off('exit', runEndings)
  for (const signal of Object.keys(signals)) process.off(signal, exitOn)
}

/** Last in, first out: a program ends before the folder goes that it writes into. */
function runEndings(): void {
  for (const end of [...endings].toReversed()) end()
}

function exitOn(signal: keyof typeof signals): void {
  if (process.listenerCount(signal) === 1) process.exit(128 + signals[signal])
}
