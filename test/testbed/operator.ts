import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { claimLoopbackAddress, isInNamespace } from './addresses.ts'
import type { Daemon } from './daemon.ts'
import { startDaemon } from './daemon.ts'
import type { Testbed } from './testbed.ts'

const root = join(import.meta.dirname, '..', '..')

/** The operator under test: a process of its own, with the rights that the chart gives its service account and no others. */
export interface Operator {
  readonly pid: number
  readonly logFile: string
  /** An IP address at which everything else can reach it. */
  readonly address: string
  readonly http01Url: string
  readonly metricsUrl: string
  readonly healthUrl: string
  readonly isRunning: () => boolean
  /** The page that Prometheus would read. */
  readonly metrics: () => Promise<string>
  /** Ends it, by SIGTERM unless told otherwise, and waits until it is gone. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>
}

export interface OperatorOptions {
  /** More flags for the operator. */
  readonly flags?: readonly string[]
  /** The program to run; the sources by default. */
  readonly entry?: string
  /** Whether to wait until it leads, which a standby never does. Default true. */
  readonly untilReady?: boolean
}

/** Starts the operator against a testbed on which it is installed, and waits until its caches are filled. */
export async function startOperator(testbed: Testbed, options: OperatorOptions = {}): Promise<Operator> {
  const kubeconfig = await testbed.kubeconfigFor({ namespace: 'cert-manager', name: 'certwright' })
  const claimed = isInNamespace() ? await testbed.claimPodAddress() : await claimLoopbackAddress()
  const { address } = claimed
  const [metrics = 0, health = 0, http01 = 0, tlsAlpn01 = 0] = await claimed.freePorts(4)
  const logFile = join(testbed.folder, `operator-${address}.log`)
  const healthUrl = `http://${address}:${health}`
  const daemon = await startDaemon({
    name: 'certwright',
    command: [
      process.execPath,
      // As in the image.
      '--max-semi-space-size=4',
      options.entry ?? join(root, 'src', 'main.ts'),
      `--kubeconfig=${kubeconfig}`,
      '--cluster-resource-namespace=cert-manager',
      `--metrics-listen-address=${address}:${metrics}`,
      `--healthz-listen-address=${address}:${health}`,
      `--http01-listen-address=${address}:${http01}`,
      `--http01-advertise-address=${address}`,
      '--replicas-service=cert-manager/certwright',
      `--tls-alpn01-listen-address=${address}:${tlsAlpn01}`,
      ...(options.flags ?? []),
    ],
    logFile,
    env: { POD_NAME: `certwright-${address}`, KUBECONFIG: '' },
    isReady: async () => options.untilReady === false || (await fetch(`${healthUrl}/readyz`)).ok,
  })
  return operatorOf(daemon, {
    logFile,
    address,
    http01Url: `http://${address}:${http01}`,
    healthUrl,
    metricsUrl: `http://${address}:${metrics}/metrics`,
    release: claimed.release,
  })
}

function operatorOf(
  daemon: Daemon,
  parts: Pick<Operator, 'logFile' | 'address' | 'http01Url' | 'healthUrl' | 'metricsUrl'> & { readonly release: () => void },
): Operator {
  const { release, ...urls } = parts
  return {
    ...urls,
    pid: daemon.pid,
    isRunning: daemon.isRunning,
    metrics: async () => (await fetch(urls.metricsUrl)).text(),
    stop: async (signal) => {
      await daemon.stop(signal)
      release()
    },
  }
}

/** The lines that the operator has logged so far. */
export async function operatorLog(operator: Operator): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const text = await readFile(operator.logFile, 'utf8')
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
