import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export interface KubectlOptions {
  /** What it reads from its standard input (`-f -`). */
  readonly input?: string
  /** Default: that of the cluster admin. */
  readonly kubeconfig?: string
}

export interface KubectlResult {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

/** Runs kubectl to its end. Does not throw when kubectl fails: `code` says so. */
export async function runKubectl(
  program: string,
  kubeconfig: string,
  args: readonly string[],
  options: KubectlOptions,
): Promise<KubectlResult> {
  // No KUBECONFIG or cache of the user's: a test must not see what happens to be on this machine.
  const child = spawn(program, ['--kubeconfig', options.kubeconfig ?? kubeconfig, '--cache-dir', `${kubeconfig}.cache`, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // kubectl may end before it has read everything.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { stdout, stderr, code: child.exitCode ?? 1 }
}
