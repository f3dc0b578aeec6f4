import { gateways, listenerSets, type Gateway, type ListenerSet } from '../../kube/gateway-api.ts'
import { ingresses, type Ingress } from '../../kube/kinds.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Informer } from '../../kube/lister.ts'
import type { ControllerParts } from '../../runtime/controller-parts.ts'
import { keyOf } from '../../runtime/object-key.ts'
import { onChangeOf } from '../../runtime/trigger.ts'
import { certificateIndexes, shimController, type CertificateIndexes, type ShimDeps } from './controller.ts'
import type { Action } from './decide.ts'
import { gatewaySource, listenerSetSource, parentGateway } from './gateway-source.ts'
import { ingressSecretNames, ingressSource } from './ingress-source.ts'
import { listenerSecretNames } from './listeners.ts'
import type { World } from './world.ts'

export interface ShimControllersDeps extends ShimDeps {
  readonly ingresses: Informer<Ingress>
  /** undefined: they are not looked at. */
  readonly gateways: Informer<Gateway> | undefined
  readonly listenerSets: Informer<ListenerSet> | undefined
  readonly recorder: (component: string) => EventRecorder
}

/** The controllers that make Certificates for Ingresses, Gateways and ListenerSets. Make them before the caches start. */
export function shimControllers(given: ShimControllersDeps): readonly ControllerParts<World, Action>[] {
  const deps = { ...given, ...certificateIndexes(given.certificates) }
  const { gateways: gatewayCache, listenerSets: listenerSetCache } = given
  return [
    ingressShim(deps),
    ...(gatewayCache === undefined ? [] : [gatewayShim(deps, gatewayCache)]),
    ...(gatewayCache === undefined || listenerSetCache === undefined ? [] : [listenerSetShim(deps, gatewayCache, listenerSetCache)]),
  ]
}

type Deps = ShimControllersDeps & CertificateIndexes

function ingressShim(deps: Deps): ControllerParts<World, Action> {
  return shimController(deps, {
    name: 'ingress-shim',
    resource: ingresses,
    objects: deps.ingresses,
    autoAnnotations: deps.settings.autoAnnotations,
    events: deps.recorder('ingress-shim'),
    sourceOf: ingressSource,
    secretNames: ingressSecretNames,
  })
}

function gatewayShim(deps: Deps, objects: Informer<Gateway>): ControllerParts<World, Action> {
  return shimController(deps, {
    name: 'gateway-shim',
    resource: gateways,
    objects,
    autoAnnotations: [],
    events: deps.recorder('gateway-shim'),
    sourceOf: (gateway) => gatewaySource(gateway, deps.settings),
    secretNames: ({ spec }) => listenerSecretNames(spec?.listeners ?? []),
  })
}

function listenerSetShim(deps: Deps, gatewayCache: Informer<Gateway>, objects: Informer<ListenerSet>): ControllerParts<World, Action> {
  const byGateway = objects.index((listenerSet) => {
    const parent = parentGateway(listenerSet)
    return parent === undefined ? [] : [keyOf(parent)]
  })
  return shimController(deps, {
    name: 'listenerset',
    resource: listenerSets,
    objects,
    autoAnnotations: [],
    events: deps.recorder('listenerset'),
    sourceOf: (listenerSet) => {
      const parent = parentGateway(listenerSet)
      const gateway = parent && gatewayCache.get(parent)
      if (gateway === undefined || gateway.metadata.deletionTimestamp !== undefined) return undefined
      return listenerSetSource(listenerSet, gateway, deps.settings)
    },
    secretNames: ({ spec }) => listenerSecretNames(spec?.listeners ?? []),
    moreTriggers: [onChangeOf(gatewayCache, ({ metadata }) => byGateway(keyOf(metadata)).map((one) => keyOf(one.metadata)))],
  })
}
