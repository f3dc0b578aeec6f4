import { annotation } from '../../crds/annotations.ts'
import type { GatewayCertificateRef, GatewayListener } from '../../kube/gateway-api.ts'
import type { TlsBlock, TlsReading } from './source.ts'

export interface ListenersOf {
  readonly listeners: readonly GatewayListener[]
  readonly namespace: string | undefined
  readonly annotations: Readonly<Record<string, string>>
  readonly extraProtocols: readonly string[]
}

/** The certificates that listeners ask for: those that end TLS themselves. Several may name one Secret; it then has all their names. */
export function readListeners(of: ListenersOf): TlsReading {
  const hosts = new Map<string, string[]>()
  const skipped: string[] = []
  for (const [at, listener] of of.listeners.entries()) {
    if (!isConcerned(listener, of)) continue
    const problem = problemIn(listener, of.namespace)
    if (problem !== undefined) {
      skipped.push(`skipped a listener: spec.listeners[${at}] ${JSON.stringify(listener.name)} ${problem}`)
      continue
    }
    for (const { name } of listener.tls?.certificateRefs ?? []) {
      hosts.set(name, [...(hosts.get(name) ?? []), listener.hostname ?? ''])
    }
  }
  const blocks: readonly TlsBlock[] = [...hosts].map(([secretName, names]) => ({ secretName, hosts: names }))
  return { blocks, skipped, secretNames: new Set(listenerSecretNames(of.listeners)) }
}

/** The Secrets that listeners name. */
export function listenerSecretNames(listeners: readonly GatewayListener[]): readonly string[] {
  return listeners.flatMap(({ tls }) => (tls?.certificateRefs ?? []).map(({ name }) => name))
}

function isConcerned({ name, protocol, tls }: GatewayListener, { annotations, extraProtocols }: ListenersOf): boolean {
  const ignored = (annotations[annotation.ignoreTlsListeners] ?? '').split(',').map((item) => item.trim())
  const endsTls = ['HTTPS', 'TLS', ...extraProtocols].includes(protocol) && tls?.mode !== 'Passthrough'
  return endsTls && !ignored.includes(name)
}

function problemIn({ hostname = '', tls }: GatewayListener, namespace: string | undefined): string | undefined {
  if (hostname === '') return 'has no hostname'
  if (tls === undefined) return 'has no tls'
  if (tls.mode !== undefined && tls.mode !== 'Terminate') return `has the TLS mode ${JSON.stringify(tls.mode)}, not Terminate`
  const refs = tls.certificateRefs ?? []
  if (refs.length === 0) return 'has no tls.certificateRefs'
  return refs.map((ref) => refProblem(ref, namespace)).find((problem) => problem !== undefined)
}

function refProblem({ group = '', kind = 'Secret', ...ref }: GatewayCertificateRef, namespace: string | undefined): string | undefined {
  const isSecret = ['', 'core'].includes(group) && ['', 'Secret'].includes(kind)
  if (!isSecret) return `names a ${kind} as its certificate, not a Secret`
  if (ref.namespace === undefined || ref.namespace === namespace) return undefined
  return `names a Secret of the namespace ${JSON.stringify(ref.namespace)}: it must be in that of the listener`
}
