import { annotation } from '../../crds/annotations.ts'
import type { Gateway, ListenerSet } from '../../kube/gateway-api.ts'
import { isTrue } from './issuer-choice.ts'
import { readListeners } from './listeners.ts'
import type { Http01Parent, ShimSource } from './source.ts'

type Listening = { readonly extraProtocols: readonly string[] }

/** A Gateway as it asks for certificates. */
export function gatewaySource(gateway: Gateway, { extraProtocols }: Listening): ShimSource {
  const { namespace, name, annotations = {} } = gateway.metadata
  return {
    object: gateway,
    annotations,
    tls: readListeners({ listeners: gateway.spec?.listeners ?? [], namespace, annotations, extraProtocols }),
    http01Parent: { kind: 'Gateway', name },
  }
}

/** A ListenerSet as it asks for certificates; without an issuer of its own it has that of its Gateway. */
export function listenerSetSource(listenerSet: ListenerSet, gateway: Gateway, { extraProtocols }: Listening): ShimSource {
  const { namespace } = listenerSet.metadata
  const annotations = withInherited(listenerSet.metadata.annotations ?? {}, gateway.metadata.annotations ?? {})
  return {
    object: listenerSet,
    annotations,
    tls: readListeners({ listeners: listenerSet.spec?.listeners ?? [], namespace, annotations, extraProtocols }),
    http01Parent: http01Parent(listenerSet, gateway),
  }
}

/** The Gateway to which a ListenerSet adds its listeners, `namespace/name`; undefined when it names none. */
export function parentGateway({ metadata, spec }: ListenerSet): { readonly namespace: string; readonly name: string } | undefined {
  const { name = '', namespace = '' } = spec?.parentRef ?? {}
  return name === '' ? undefined : { namespace: namespace || (metadata.namespace ?? ''), name }
}

/** Kind and group of the Gateway always count, as with the incumbent: they belong to the issuer that a platform team offers. */
function withInherited(
  own: Readonly<Record<string, string>>,
  inherited: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const namesIssuer = own[annotation.issuer] !== undefined || own[annotation.clusterIssuer] !== undefined
  const keys = [...(namesIssuer ? [] : [annotation.issuer, annotation.clusterIssuer]), annotation.issuerKind, annotation.issuerGroup]
  const taken = keys.flatMap((key) => (inherited[key] === undefined ? [] : [[key, inherited[key]] as const]))
  return { ...own, ...Object.fromEntries(taken) }
}

function http01Parent(listenerSet: ListenerSet, { metadata }: Gateway): Http01Parent {
  const fallsBack = isTrue(listenerSet.metadata.annotations?.[annotation.http01ParentRefFallback])
  if (!fallsBack) return { kind: 'ListenerSet', name: listenerSet.metadata.name }
  return { kind: 'Gateway', name: metadata.name, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }) }
}
