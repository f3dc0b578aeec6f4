import type { Certificate } from '../../crds/certificate.ts'
import type { OwnerReference } from '../../crds/resource.ts'
import { apiVersionOf } from '../../crds/resource.ts'
import { certificates } from '../../crds/resources.ts'

/** The owner reference of what a Certificate controls; `blockOwnerDeletion` as every Kubernetes controller sets it. */
export function controllerOf({ metadata }: Certificate): OwnerReference {
  return {
    apiVersion: apiVersionOf(certificates),
    kind: certificates.kind,
    name: metadata.name,
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}
