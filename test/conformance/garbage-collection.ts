import { setTimeout as sleep } from 'node:timers/promises'
import type { Testbed } from '../testbed/testbed.ts'

/**
 * Waits until the garbage collector minds our kinds. It looks for new kinds only every half minute, and some specs give it ten
 * seconds. Throws when it never does.
 */
export async function untilGarbageIsCollected(testbed: Testbed): Promise<void> {
  const giveUpAt = Date.now() + 120_000
  await createOrphan(testbed)
  while ((await testbed.kubectl(['get', 'certificaterequest', orphan])).code === 0) {
    if (Date.now() > giveUpAt) throw new Error('the garbage collector leaves a CertificateRequest alone whose owner is gone')
    await sleep(500)
  }
}

const orphan = 'orphan'

/** A CertificateRequest whose owner has never been: what is to be deleted at sight. */
function createOrphan(testbed: Testbed): Promise<void> {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: '00000000-0000-4000-8000-000000000000' }
  return testbed.apply(
    JSON.stringify({
      apiVersion: 'cert-manager.io/v1',
      kind: 'CertificateRequest',
      metadata: { name: orphan, namespace: 'default', ownerReferences: [owner] },
      spec: {
        request: Buffer.from('-----BEGIN CERTIFICATE REQUEST-----').toString('base64'),
        issuerRef: { group: 'nobody.example', name: 'nobody' },
      },
    }),
  )
}
