import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { registerAggregatedApi } from '../testbed/aggregated-api.ts'
import type { Daemon } from '../testbed/daemon.ts'
import { startDaemon } from '../testbed/daemon.ts'
import type { Testbed } from '../testbed/testbed.ts'

/** The names under which the suite looks for it. */
const group = 'acme.testing.cert-manager.io'
const resource = 'my-custom-solver'

/** Starts cert-manager's sample webhook, which says yes to everything and does nothing, with our operator allowed to ask it. */
export async function startSampleWebhook(testbed: Testbed, program: string): Promise<Daemon> {
  const { address, freePorts } = await testbed.claimPodAddress()
  const [port = 0] = await freePorts(1)
  const serviceAccount = { namespace: 'cert-manager', name: 'certwright' }
  const tls = await registerAggregatedApi(testbed, { group, resource, serviceAccount, address, port })
  const file = (extension: string): string => join(testbed.folder, `sample-webhook.${extension}`)
  await writeFile(file('crt'), tls.certificate)
  await writeFile(file('key'), tls.privateKey, { mode: 0o600 })
  const core = testbed.kubeconfig
  return startDaemon({
    name: 'sample-webhook',
    logFile: join(testbed.folder, 'logs', 'sample-webhook.log'),
    env: { GROUP_NAME: group },
    command: [
      program,
      `--bind-address=${address}`,
      `--secure-port=${port}`,
      `--tls-cert-file=${file('crt')}`,
      `--tls-private-key-file=${file('key')}`,
      ...['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map((flag) => `--${flag}=${core}`),
    ],
    isReady: async () => (await testbed.kubectl(['get', '--raw', `/apis/${group}/v1alpha1`])).code === 0,
  })
}
