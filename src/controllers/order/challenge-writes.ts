import type { AcmeClient } from '../../acme/client.ts'
import type { Challenge } from '../../crds/challenge.ts'
import type { AcmeIssuer } from '../../crds/issuer.ts'
import { finalizer } from '../../crds/labels.ts'
import type { Order } from '../../crds/order.ts'
import { orderEvent } from '../../crds/reasons.ts'
import { apiVersionOf } from '../../crds/resource.ts'
import { challenges, orders } from '../../crds/resources.ts'
import { challengeKey } from '../../issuers/acme/challenge-key.ts'
import { requiredChallenge } from '../../issuers/acme/required-challenge.ts'
import type { AnyIssuer } from '../../issuers/signer.ts'
import type { Cluster, New } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import { isKubeApiError } from '../../kube/kube-api-error.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import type { Solvers } from '../../solvers/solver.ts'
import type { World } from './world.ts'

const FIELD_MANAGER = 'certwright'

interface Effects {
  readonly cluster: Cluster
  readonly events: EventRecorder
  readonly solvers: Solvers
}

/** Creates the Challenge for one authorization. Where something could be left behind, it carries its finalizer from the start. */
export async function createChallenge(
  { cluster, events, solvers }: Effects,
  action: { readonly authorizationUrl: string },
  {
    client,
    issuer,
    acme,
    world,
  }: { readonly client: AcmeClient; readonly issuer: AnyIssuer; readonly acme: AcmeIssuer; readonly world: World },
  signal: AbortSignal,
): Promise<void> {
  const { order } = world
  const authorization = order.status?.authorizations?.find(({ url }) => url === action.authorizationUrl)
  if (authorization === undefined) return
  const required = requiredChallenge(order, authorization, acme.solvers ?? [])
  if (required.kind === 'none') return

  const key = challengeKey(required, issuer, client)
  if (key === undefined) {
    throw new OperatorError(
      'order/noRecord',
      `The account of issuer ${issuer.metadata.name} is at another host than its server, so no TXT record may name it`,
    )
  }
  const leavesTraces = solvers[required.spec.type]?.leavesTraces(required.spec.solver) ?? true
  const finalizers = leavesTraces ? { finalizers: [finalizer.acme] } : {}
  const challenge: New<Challenge> = {
    metadata: { name: required.name, ...namespaceOf(order), ...finalizers, ownerReferences: [controllerOf(order)] },
    spec: { ...required.spec, key },
  }
  try {
    await cluster.create(challenges, challenge, { fieldManager: FIELD_MANAGER }, signal)
  } catch (error) {
    if (!isKubeApiError(error, 'AlreadyExists')) throw error
    const existing = await cluster.get(challenges, challenge.metadata, signal)
    if (existing !== undefined && isControlledBy(existing, order)) return
    throw new OperatorError('order/challengeNameTaken', `Challenge ${required.name} belongs to another Order`, { cause: error })
  }
  events.record(order, {
    type: 'Normal',
    reason: orderEvent.created,
    message: `Created Challenge ${required.name} for ${required.spec.dnsName}`,
  })
}

/** Deletes exactly that Challenge. Its own controller cleans up before it goes. */
export function deleteChallenge(
  { cluster }: Pick<Effects, 'cluster'>,
  action: { readonly name: string; readonly uid: string },
  { order }: World,
  signal: AbortSignal,
): Promise<void> {
  return cluster.delete(challenges, { metadata: { name: action.name, uid: action.uid, ...namespaceOf(order) } }, signal)
}

function controllerOf({ metadata }: Order): NonNullable<Order['metadata']['ownerReferences']>[number] {
  return {
    apiVersion: apiVersionOf(orders),
    kind: orders.kind,
    name: metadata.name,
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}

function isControlledBy(challenge: Challenge, { metadata }: Order): boolean {
  return challenge.metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === metadata.uid) ?? false
}

function namespaceOf({ metadata }: Order): { readonly namespace?: string } {
  return metadata.namespace === undefined ? {} : { namespace: metadata.namespace }
}
