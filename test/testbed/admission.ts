import { setTimeout as sleep } from 'node:timers/promises'
import { requestAsAdmin, type ControlPlane } from './control-plane.ts'

const WITHIN = 120_000
const LOOK_AGAIN_AFTER = 50

/** What an admission policy of ours changes. */
const request = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'CertificateRequest',
  metadata: { name: 'probe' },
  spec: { request: Buffer.from('-----BEGIN CERTIFICATE REQUEST-----').toString('base64'), issuerRef: { name: 'nobody' } },
}

/**
 * Waits until the admission policies of the static manifest are at work. An API server that starts with them is ready sooner than the schemas
 * that they need, and until then answers 500: the operator tries again, but a test that stops the clock would wait for ever.
 */
export async function untilPoliciesWork(plane: ControlPlane): Promise<void> {
  const path = '/apis/cert-manager.io/v1/namespaces/default/certificaterequests?dryRun=All'
  const giveUpAt = Date.now() + WITHIN
  for (;;) {
    const { status, body } = await requestAsAdmin(plane, path, { send: request })
    if (status === 201) return
    if (Date.now() > giveUpAt) throw new Error(`the admission policies do not work yet: ${status} ${body}`)
    await sleep(LOOK_AGAIN_AFTER)
  }
}
