import { conditionType } from '../../crds/reasons.ts'
import { certificates } from '../../crds/resources.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { FIELD_MANAGER, type CertificateEffects } from './effects.ts'
import { isRefusal } from './store-key-pair.ts'
import type { World } from './world.ts'

/** Stores an issued key pair; where only people can help that it is not stored, the condition Issuing says what with. */
export async function storeOrTell(
  effects: Pick<CertificateEffects, 'cluster'>,
  world: World,
  store: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await store()
  } catch (error) {
    if (needsPeople(error)) await tell(effects, world, `The certificate is there, but cannot be stored yet: ${error.message}`, signal)
    throw error
  }
}

/** A keystore without its password, or a Secret that the API server does not take. */
function needsPeople(error: unknown): error is OperatorError {
  return isRefusal(error) || (error instanceof OperatorError && error.code === 'certificate/noKeystorePassword')
}

/** Reason and time stay: they tell the failure of an earlier attempt from one of this. */
async function tell(
  { cluster }: Pick<CertificateEffects, 'cluster'>,
  { certificate }: World,
  message: string,
  signal: AbortSignal,
): Promise<void> {
  const conditions = certificate.status?.conditions ?? []
  const issuing = conditions.find(({ type }) => type === conditionType.issuing)
  if (issuing === undefined || issuing.message === message) return
  const status = { ...certificate.status, conditions: conditions.map((one) => (one === issuing ? { ...issuing, message } : one)) }
  await cluster.patchStatus(certificates, certificate, status, { fieldManager: FIELD_MANAGER }, signal)
}
