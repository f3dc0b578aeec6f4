import { annotation, ownAnnotation } from '../../crds/annotations.ts'
import type { Certificate } from '../../crds/certificate.ts'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import { certificateEvent } from '../../crds/reasons.ts'
import { certificateRequests } from '../../crds/resources.ts'
import type { New } from '../../kube/cluster.ts'
import { KubeApiError } from '../../kube/kube-api-error.ts'
import { copiedAnnotations } from '../../lib/copied-annotations.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { createCsr } from '../../pki/csr.ts'
import { FIELD_MANAGER, type CertificateEffects } from './effects.ts'
import { controllerOf } from './controller-reference.ts'
import { csrTemplate } from './csr-template.ts'
import type { KeySecret } from './action.ts'
import type { NextKeys } from './next-keys.ts'
import { secretNameOf } from './observe.ts'
import type { World } from './world.ts'

/** Asks for a certificate: a CSR signed with the next key, in a CertificateRequest named after the revision. */
export async function createRequest(
  { cluster, events, nextKeys, ownIdentity }: CertificateEffects,
  action: { readonly name: string; readonly revision: number; readonly key: KeySecret },
  world: World,
  signal: AbortSignal,
): Promise<void> {
  const { certificate } = world
  const { metadata, spec } = certificate
  const profile = metadata.annotations?.[ownAnnotation.acmeProfile]
  const request = {
    metadata: {
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      name: action.name,
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: {
        ...copiedAnnotations(metadata.annotations ?? {}, world.settings.copiedAnnotationPrefixes),
        ...(profile === undefined ? {} : { [ownAnnotation.acmeProfile]: profile }),
        [annotation.certificateRevision]: String(action.revision),
        [annotation.privateKeySecretName]: action.key.name,
        [annotation.certificateName]: metadata.name,
      },
      ownerReferences: [controllerOf(certificate)],
    },
    spec: {
      request: Buffer.from(await csrPem(nextKeys, action.key, world, signal)).toString('base64'),
      issuerRef: spec.issuerRef,
      ...(spec.duration === undefined ? {} : { duration: spec.duration }),
      ...(spec.isCA === undefined ? {} : { isCA: spec.isCA }),
      ...(spec.usages === undefined ? {} : { usages: spec.usages }),
      // Written over where the API server stamps requests. Where it cannot, nobody else would say who asks.
      ...(await ownIdentity(signal)),
    },
  }
  await createOnce({ cluster, events }, request, certificate, signal)
  events.record(certificate, {
    type: 'Normal',
    reason: certificateEvent.requested,
    message: `Created new CertificateRequest resource ${JSON.stringify(action.name)}`,
  })
}

async function csrPem(keys: NextKeys, key: KeySecret, { certificate, settings }: World, signal: AbortSignal): Promise<string> {
  const template = csrTemplate(certificate.spec, settings)
  if (template.kind === 'impossible') throw new OperatorError('certificate/noCsr', template.why)
  return createCsr(template.template, await keys.read({ ...secretNameOf(certificate), ...key }, signal))
}

/** One of that name that this Certificate controls was made by an earlier try; another's stands in the way and is told. */
async function createOnce(
  { cluster, events }: Pick<CertificateEffects, 'cluster' | 'events'>,
  request: New<CertificateRequest>,
  certificate: Certificate,
  signal: AbortSignal,
): Promise<void> {
  try {
    await cluster.create(certificateRequests, request, { fieldManager: FIELD_MANAGER }, signal)
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.code !== 'kube/AlreadyExists') throw error
    const existing = await cluster.get(certificateRequests, request.metadata, signal)
    if (existing?.metadata.ownerReferences?.some(({ uid }) => uid === certificate.metadata.uid) === true) return
    const message = `CertificateRequest ${JSON.stringify(request.metadata.name)} does not belong to this Certificate and stands in its way: delete it`
    events.record(certificate, { type: 'Warning', reason: certificateEvent.requestFailed, message })
    throw error
  }
}
