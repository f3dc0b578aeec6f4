import type { Testbed } from '../testbed/testbed.ts'
import { now } from './external-issuer.ts'

/** Sets Issuing in the status of a Certificate with kubectl, as cmctl and dashboards ask for a renewal. */
export async function triggerIssuance(testbed: Testbed, namespace: string, name: string): Promise<void> {
  const issuing = { type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', message: 'asked for by hand', lastTransitionTime: now() }
  const { stdout } = await testbed.kubectl(['-n', namespace, 'get', 'certificate', name, '-o', 'json'])
  const { status } = JSON.parse(stdout) as { readonly status?: { readonly conditions?: readonly { readonly type: string }[] } }
  const others = (status?.conditions ?? []).filter(({ type }) => type !== 'Issuing')
  const patch = JSON.stringify({ status: { conditions: [...others, issuing] } })
  const { code, stderr } = await testbed.kubectl([
    '-n',
    namespace,
    'patch',
    'certificate',
    name,
    '--subresource=status',
    '--type=merge',
    '-p',
    patch,
  ])
  if (code !== 0) throw new Error(stderr)
}
