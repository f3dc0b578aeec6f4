import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { AcmeServer } from '../testbed/acme-server.ts'
import type { IngressController } from '../testbed/ingress-controller.ts'
import type { Operator } from '../testbed/operator.ts'
import { startOperator } from '../testbed/operator.ts'
import type { Testbed } from '../testbed/testbed.ts'
import { startTestbed } from '../testbed/testbed.ts'
import { ensureTools } from '../testbed/toolchain.ts'
import type { Shell } from './shell.ts'
import { newShell } from './shell.ts'
import { inSeconds } from './steps.ts'
import type { Terminal } from './terminal.ts'

/** How long a certificate of the demo's CA is valid: short, so that one sees it renewed. */
export const validitySeconds = 60

/** Everything that the story plays on. */
export interface Stage {
  readonly testbed: Testbed
  readonly acme: AcmeServer
  readonly ingress: IngressController
  readonly shell: Shell
  /** What a command needs to reach the cluster. */
  readonly environment: Readonly<Record<string, string>>
}

/** Who hears of what is started. */
export interface StageCrew {
  readonly terminal: Terminal
  /** Called with each thing that has to be ended, as soon as it runs; the last one ends first. */
  readonly ending: Ending
  /** Called as soon as there is something to look into when a later step fails. */
  readonly onTestbed: (testbed: Testbed) => void
}

type Ending = (end: () => Promise<void>) => void

/** Starts all but the operator. */
export async function startStage({ terminal, ending, onTestbed }: StageCrew): Promise<Stage> {
  const started = timer(terminal)
  const testbed = await startTestbed({ name: 'demo' })
  ending(testbed.stop)
  onTestbed(testbed)
  started(`etcd, kube-apiserver and kube-controller-manager run at ${testbed.apiServerUrl}`)
  const ingress = await testbed.startIngressController()
  started(`Traefik, an ingress controller, runs at ${ingress.address}, ports ${ingress.httpPort} and ${ingress.httpsPort}`)
  const acme = await testbed.startAcme({ profiles: { shortlived: validitySeconds } })
  started(`Pebble, an ACME CA, runs at ${acme.directoryUrl}; its certificates are valid for ${validitySeconds} seconds`)
  await writeFile(join(testbed.folder, 'pebble-roots.pem'), (await acme.roots()).join('\n'))
  await writeFile(join(testbed.folder, 'pebble-issuer.yaml'), issuerPatch(acme))
  const environment = await clusterEnvironment(testbed)
  const shell = newShell(terminal, environment)
  ending(async () => shell.stop())
  terminal.say('The commands below run with')
  terminal.command(`export DEMO=${testbed.folder}`)
  terminal.command('export KUBECONFIG=$DEMO/kubeconfig')
  return { testbed, acme, ingress, shell, environment }
}

function timer({ say }: Terminal): (what: string) => void {
  let since = Date.now()
  return (what) => {
    say(`${what} (${inSeconds(Date.now() - since)})`)
    since = Date.now()
  }
}

/** What makes of an Issuer for a public CA one for the CA of the demo. */
function issuerPatch({ directoryUrl, caPem }: AcmeServer): string {
  return `spec:\n  acme:\n    server: ${directoryUrl}\n    caBundle: ${Buffer.from(caPem).toString('base64')}\n`
}

async function clusterEnvironment(testbed: Testbed): Promise<Readonly<Record<string, string>>> {
  const { kubectl } = await ensureTools(['kubectl'])
  return {
    DEMO: testbed.folder,
    KUBECONFIG: testbed.kubeconfig,
    // Nothing of the user's own kubectl is read or written.
    KUBECACHEDIR: join(testbed.folder, 'kubectl-cache'),
    KUBERC: 'off',
    PATH: `${dirname(kubectl)}:${process.env['PATH'] ?? ''}`,
  }
}

/** Starts the operator on a cluster that knows its kinds and its service account. */
export async function startStageOperator({ testbed, acme }: Stage, ending: Ending): Promise<Operator> {
  // Names of the demo are known only to Pebble's DNS.
  const operator = await startOperator(testbed, { flags: [`--acme-http01-solver-nameservers=${acme.dns.server}`] })
  ending(() => operator.stop())
  return operator
}
