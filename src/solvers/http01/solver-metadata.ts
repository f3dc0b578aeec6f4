import { createHash } from 'node:crypto'

import type { Challenge } from '../../crds/challenge.ts'
import { label } from '../../crds/labels.ts'
import { apiVersionOf, type KubeObject, type OwnerReference } from '../../crds/resource.ts'
import { challenges } from '../../crds/resources.ts'
import { adler32 } from '../../lib/adler32.ts'

/** The name of the Ingress or route of one Challenge. It is fixed by the Challenge, so that none is made twice. */
export function solverObjectName({ metadata }: Challenge, prefix = 'cm-acme-http-solver'): string {
  const hash = createHash('sha256')
    .update(metadata.uid ?? '')
    .digest('hex')
    .slice(0, 10)
  return `${prefix}-${hash}`
}

/** The labels by which tools find what solves a challenge. */
export function solverLabels({ spec }: Challenge): Readonly<Record<string, string>> {
  return {
    [label.http01Solver]: 'true',
    [label.http01Domain]: String(adler32(spec.dnsName)),
    [label.http01Token]: String(adler32(spec.token)),
  }
}

/** The owner reference by which what was made for a Challenge goes with it. */
export function ownedByChallenge({ metadata }: Challenge): OwnerReference {
  return {
    apiVersion: apiVersionOf(challenges),
    kind: challenges.kind,
    name: metadata.name,
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}

/** The UIDs of the controllers of an object, for an index: what belongs to one Challenge is found by them. */
export function controllerUids({ metadata }: KubeObject): readonly string[] {
  return (metadata.ownerReferences ?? []).filter(({ controller }) => controller === true).map(({ uid }) => uid)
}
