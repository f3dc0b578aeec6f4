import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { isInNamespace, namespaceAddresses } from './addresses.ts'
import { ensureTools } from './toolchain.ts'
import type { ToolName } from './tools.ts'
import { parseToolNames, toolNames } from './tools.ts'

/**
 * Runs a command in a network namespace of its own, where there is nothing but the loopback device with the addresses of the tests,
 * and returns its exit code. The tools are built before, because from in there nothing can be downloaded.
 */
export async function runInNamespace(command: readonly string[], tools: readonly ToolName[] = toolNames): Promise<number> {
  const { 'testbed-init': init } = await ensureTools(['testbed-init', ...tools])
  const [program = '', ...words] = isInNamespace()
    ? command
    : [init, 'tied', String(process.pid), '--', init, 'netns', ...namespaceAddresses, '--', ...command]
  const child = spawn(program, words, { stdio: 'inherit', env: withoutProxies(process.env) })
  // A terminal sends SIGINT to the command as well; it decides when both of us end.
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

/** From in there no proxy can be reached, and the operator, which takes one from its environment, would reach nothing else. */
function withoutProxies(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(https?|all|no)_proxy$/i.test(name)))
}

/** `node in-namespace.ts [--tools=etcd,pebble] COMMAND…` */
async function main(): Promise<void> {
  const [first = '', ...rest] = process.argv.slice(2)
  const list = /^--tools=(.+)$/.exec(first)?.[1]
  const command = list === undefined ? process.argv.slice(2) : rest
  if (command.length === 0) throw new Error('usage: node in-namespace.ts [--tools=NAME,NAME] COMMAND…')
  process.exitCode = await runInNamespace(command, list === undefined ? toolNames : parseToolNames(list))
}

if (import.meta.main) await main()
