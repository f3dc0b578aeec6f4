import { setTimeout as sleep } from 'node:timers/promises'

/** Where Node listens for a debugger after SIGUSR1. One process in a network namespace, therefore. */
const INSPECTOR = 'http://127.0.0.1:9229'
const MIB = 1_024 * 1_024

/**
 * Collects the garbage of a Node process and says what is left, in MiB: its objects, and what they hold outside of the heap (buffers, keys,
 * certificates). What is resident tells less: an allocator keeps pages for later. Throws when the process does not answer within 10 s.
 */
export async function liveMemoryMiB(pid: number): Promise<number> {
  process.kill(pid, 'SIGUSR1')
  using inspector = await connect(await inspectorUrl())
  await inspector.call('HeapProfiler.collectGarbage')
  // What the first collection has finalized, the second one frees.
  await inspector.call('HeapProfiler.collectGarbage')
  const answer = await inspector.call('Runtime.evaluate', { expression: 'JSON.stringify(process.memoryUsage())' })
  const { heapUsed, external } = JSON.parse(answer.result.value) as NodeJS.MemoryUsage
  return (heapUsed + external) / MIB
}

async function inspectorUrl(): Promise<string> {
  const giveUpAt = Date.now() + 10_000
  for (;;) {
    try {
      const [target] = (await (await fetch(`${INSPECTOR}/json/list`)).json()) as readonly { readonly webSocketDebuggerUrl: string }[]
      if (target !== undefined) return target.webSocketDebuggerUrl
    } catch (error) {
      if (Date.now() > giveUpAt) throw error
    }
    await sleep(100)
  }
}

/** Of an answer, what is read here. */
interface Answer {
  readonly result: { readonly value: string }
}

interface Inspector extends Disposable {
  readonly call: (method: string, params?: object) => Promise<Answer>
}

/** Speaks the Chrome DevTools Protocol. */
async function connect(url: string): Promise<Inspector> {
  const socket = new WebSocket(url)
  const waiting = new Map<number, PromiseWithResolvers<Answer>>()
  const opened = Promise.withResolvers<void>()
  socket.addEventListener('open', () => opened.resolve())
  socket.addEventListener('close', () => {
    const gone = new Error('the inspector has gone')
    opened.reject(gone)
    for (const { reject } of waiting.values()) reject(gone)
  })
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { readonly id?: number; readonly result: Answer }
    if (id !== undefined) waiting.get(id)?.resolve(result)
  })
  await opened.promise
  let calls = 0
  return {
    call: (method, params = {}) => {
      calls += 1
      const answer = Promise.withResolvers<Answer>()
      waiting.set(calls, answer)
      socket.send(JSON.stringify({ id: calls, method, params }))
      return answer.promise
    },
    [Symbol.dispose]: () => socket.close(),
  }
}
