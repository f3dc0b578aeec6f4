import { join } from 'node:path'
import { isInNamespace } from '../testbed/addresses.ts'
import { runInNamespace } from '../testbed/in-namespace.ts'
import type { Operator } from '../testbed/operator.ts'
import type { Testbed } from '../testbed/testbed.ts'
import { ensureTools } from '../testbed/toolchain.ts'
import type { ToolName } from '../testbed/tools.ts'
import { writeEnterScript } from './enter-script.ts'
import type { Stage } from './stage.ts'
import { inSeconds, newSteps } from './steps.ts'
import { tellStory } from './story.ts'
import type { Terminal } from './terminal.ts'
import { newTerminal } from './terminal.ts'

const tools: readonly ToolName[] = [
  'testbed-init',
  'etcd',
  'pebble',
  'pebble-challtestsrv',
  'kube-apiserver',
  'kubectl',
  'kube-controller-manager',
  'traefik',
]

/** `node demo.ts`: shows Certwright at work on a cluster of its own and waits for Ctrl-C; with `CI=1` it ends by itself. */
async function main(): Promise<void> {
  const terminal = newTerminal()
  // Whoever read our output has gone, as in `make demo | head`.
  process.stdout.on('error', () => process.exit(1))
  process.exitCode = isInNamespace() ? await play(terminal) : await prepare(terminal).catch((error: unknown) => fail(terminal, error))
}

/** Builds what is missing and starts this program again in a network namespace, from where nothing can be downloaded. */
async function prepare(terminal: Terminal): Promise<number> {
  if (process.platform !== 'linux') throw new Error('the demo runs on Linux only: it needs a network namespace')
  terminal.headline('Certwright: a demo')
  terminal.say('A real control plane starts on this machine, in a network namespace of its own. What it consists of is built from')
  terminal.say(
    'source the first time: about a quarter of an hour on 2 cores. After that, the demo starts in seconds and takes about a minute.',
  )
  const startedAt = Date.now()
  await ensureTools(tools)
  const toolsMs = Date.now() - startedAt
  return runInNamespace([process.execPath, import.meta.filename, `--tools-took=${toolsMs}`], tools)
}

function fail(terminal: Terminal, error: unknown): number {
  terminal.failure(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`)
  return 1
}

/** Returns the exit code. Whatever happens, all that was started has ended then. */
async function play(terminal: Terminal): Promise<number> {
  const endings: (() => Promise<void>)[] = []
  const interruption = interrupted()
  // After an interruption the story goes on until it notices that everything is gone; nobody wants to read that.
  const silence = new AbortController()
  const stageTerminal = newTerminal(silence.signal)
  let testbed: Testbed | undefined
  try {
    const steps = newSteps(stageTerminal, toolsTook())
    const telling = tellStory({
      terminal: stageTerminal,
      steps,
      ending: (end) => endings.push(end),
      onTestbed: (started) => (testbed = started),
    })
    const told = await Promise.race([telling, interruption])
    if (told === undefined) return interruptedExitCode
    terminal.headline('How long it took')
    terminal.say(steps.summary())
    if (isUnattended()) return 0
    await tellWhereToLook(terminal, told)
    terminal.say('\nEverything goes on until you press Ctrl-C. The certificate is renewed again and again.')
    await interruption
    return 0
  } catch (error) {
    const code = fail(terminal, error)
    if (testbed !== undefined) await tellWhatIsLeft(terminal, testbed)
    return code
  } finally {
    silence.abort()
    await stopAll(terminal, endings)
  }
}

/** 128 and the number of SIGINT, as shells have it. */
const interruptedExitCode = 130

/** Resolves at the first signal; a second one ends the process there and then, and with it all that it has started. */
function interrupted(): Promise<undefined> {
  return new Promise((resolve) => {
    let isSecond = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (isSecond) process.exit(interruptedExitCode)
        isSecond = true
        resolve(undefined)
      })
    }
  })
}

function toolsTook(): Readonly<Record<string, number>> {
  const given = process.argv.map((word) => /^--tools-took=(\d+)$/.exec(word)?.[1]).find((value) => value !== undefined)
  return given === undefined ? {} : { 'Looking for the programs, and building those that were missing': Number(given) }
}

/** `make demo CI=1`, or a CI system. */
function isUnattended(): boolean {
  return !['', '0', 'false'].includes(process.env['CI'] ?? '')
}

async function tellWhereToLook(
  terminal: Terminal,
  { stage, operator }: { readonly stage: Stage; readonly operator: Operator },
): Promise<void> {
  const enter = await writeEnterScript(stage.testbed.folder, stage.environment)
  terminal.headline('Where to look')
  terminal.say('From another terminal, this runs a command next to the demo, with kubectl and its kubeconfig (without a command: a shell):')
  terminal.command(`${enter} kubectl describe certificate hello`)
  terminal.command(`${enter} kubectl get secret hello-tls -o yaml`)
  terminal.command(`${enter} curl -s ${operator.metricsUrl}`)
  terminal.say('The logs:')
  terminal.output(`${operator.logFile}\n${join(stage.testbed.folder, 'logs')}/`)
}

async function tellWhatIsLeft(terminal: Terminal, testbed: Testbed): Promise<void> {
  const { stdout } = await testbed.kubectl([
    'get',
    'issuers,certificates,certificaterequests,orders,challenges',
    '-A',
    '-o',
    'wide',
    '--request-timeout=5s',
  ])
  terminal.output(stdout)
  testbed.keepFolder()
  terminal.failure(`The logs are in ${testbed.folder} (operator-*.log and logs/); the folder stays.`)
}

/** In the opposite order, and not for ever: what does not end in time dies with this process. */
async function stopAll(terminal: Terminal, endings: readonly (() => Promise<void>)[]): Promise<void> {
  const startedAt = Date.now()
  terminal.say('\nStopping …')
  for (const end of endings.toReversed()) {
    await Promise.race([end().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 15_000).unref())])
  }
  terminal.say(`Everything is stopped (${inSeconds(Date.now() - startedAt)}).`)
}

await main()
// A story that was interrupted is still waiting for something.
process.exit()
