import { annotation } from '../../crds/annotations.ts'
import type { Challenge } from '../../crds/challenge.ts'
import type { TlsAlpn01IngressRouteTcp } from '../../crds/issuer.ts'
import type { Cluster, New } from '../../kube/cluster.ts'
import { ingressRouteTcps, type IngressRouteTCP } from '../../kube/traefik.ts'
import type { Informer } from '../../kube/lister.ts'
import { covers } from '../../lib/covers.ts'
import { ownedPublication } from '../http01/owned-publication.ts'
import type { Publication } from '../http01/path-publication.ts'
import type { Presentation } from '../solver.ts'
import { ownedByChallenge, solverLabels } from '../http01/solver-metadata.ts'
import { serverNameOf } from './server-name.ts'
import { tlsObjectName, tlsAlpn01Service } from './tls-service.ts'

/**
 * Leads the CA's connections to the operator by an IngressRouteTCP of Traefik, and leaves those of browsers where they are. Adds an
 * index: make it before the informers start.
 */
export function ingressRouteTcpPublication(cluster: Cluster, informer: Informer<IngressRouteTCP>): Publication<Presentation> {
  return ownedPublication<IngressRouteTCP, Presentation>(cluster, {
    resource: ingressRouteTcps,
    informer,
    wanted: ({ challenge, solver }) => ingressRouteTcp(challenge, solver.tlsALPN01?.ingressRouteTCP ?? {}),
    isRight: ({ metadata, spec }, wanted) =>
      covers(metadata.labels, wanted.metadata.labels) &&
      covers(metadata.annotations ?? {}, wanted.metadata.annotations ?? {}) &&
      covers({ entryPoints: [], ...spec }, { entryPoints: [], ...wanted.spec }),
    repairedSpec: ({ spec }) => ({ entryPoints: null, ...spec }),
    obstacle: () => undefined,
    whyMissing: 'the cluster does not know IngressRouteTCPs; install the CRDs of Traefik, or use another solver',
  })
}

/** What browsers and API clients offer. Traefik refuses ALPN(`acme-tls/1`) in a rule; the CA offers that alone (RFC 8737 §3). */
const protocolsOfOthers = ['h2', 'http/1.1']

/** The route of one Challenge. */
export function ingressRouteTcp(
  challenge: Challenge,
  { labels, entryPoints = [], class: className }: TlsAlpn01IngressRouteTcp,
): New<IngressRouteTCP> {
  const { metadata, spec } = challenge
  const { name, port } = tlsAlpn01Service
  const match = [`HostSNI(\`${serverNameOf(spec.dnsName) ?? ''}\`)`, ...protocolsOfOthers.map((protocol) => `!ALPN(\`${protocol}\`)`)].join(
    ' && ',
  )
  return {
    metadata: {
      name: tlsObjectName(challenge),
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels: { ...labels, ...solverLabels(challenge) },
      ...(className === undefined || className === '' ? {} : { annotations: { [annotation.ingressClass]: className } }),
      ownerReferences: [ownedByChallenge(challenge)],
    },
    spec: {
      ...(entryPoints.length === 0 ? {} : { entryPoints }),
      routes: [{ match, services: [{ name, port }] }],
      tls: { passthrough: true },
    },
  }
}
