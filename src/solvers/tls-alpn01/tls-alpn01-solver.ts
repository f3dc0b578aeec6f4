import type { Challenge } from '../../crds/challenge.ts'
import type { AcmeSolver } from '../../crds/issuer.ts'
import type { IngressRouteTCP } from '../../kube/traefik.ts'
import type { Informer } from '../../kube/lister.ts'
import { SECOND } from '../../lib/instant.ts'
import { oneAtATime } from '../../lib/one-at-a-time.ts'
import type { Publication } from '../http01/path-publication.ts'
import type { AnswerAt, SolverServices } from '../http01/solver-service.ts'
import { ensureService, isServiceRight } from '../http01/solver-service.ts'
import type { Presentation, PresentOutcome, SelfCheckResult, Solver } from '../solver.ts'
import type { AnsweredChallenges } from './answered-challenges.ts'
import { nameClaims, type NameClaims } from './name-claims.ts'
import { ingressRouteTcpPublication } from './ingress-route-tcp.ts'
import { viewCertificate, viewCertificateAt, type TlsSelfCheckOptions } from './self-check.ts'
import { replicasResult } from '../view.ts'
import { serverNameOf } from './server-name.ts'
import { tlsRoutePublication, type TlsRouteVersion } from './tls-route.ts'
import { tlsAlpn01Service } from './tls-service.ts'

export interface TlsAlpn01SolverDeps extends SolverServices {
  /** Port 0: the operator does not listen. */
  readonly answerAt: AnswerAt
  readonly answered: AnsweredChallenges
  /** The newest version first; empty: the operator leaves the Gateway API alone. */
  readonly tlsRoutes: readonly TlsRouteVersion[]
  readonly ingressRouteTcps: Informer<IngressRouteTCP>
  readonly selfCheck: TlsSelfCheckOptions
}

/**
 * Proves control by a TLS certificate that the operator itself shows (RFC 8737), behind a Gateway or a Traefik that passes TLS through.
 * Adds indexes: make it before the informers start.
 */
export function tlsAlpn01Solver(deps: TlsAlpn01SolverDeps): Solver {
  const serviceDeps = { ...deps, shape: tlsAlpn01Service, extraLabels: {} }
  const traefik = ingressRouteTcpPublication(deps.cluster, deps.ingressRouteTcps)
  const gateway = tlsRoutePublication(deps.cluster, deps.tlsRoutes)
  const publicationFor = ({ tlsALPN01 }: AcmeSolver): Publication<Presentation> =>
    tlsALPN01?.gatewayTLSRoute === undefined ? traefik : (gateway ?? traefik)
  const once = oneAtATime<PresentOutcome>()
  const claims = nameClaims(deps.answered)
  return {
    longestPause: 2 * SECOND,
    unsupported: (solver) => unsupported(solver, { isListening: deps.answerAt.port !== 0, servesGateways: gateway !== undefined }),
    isPresented: (presentation) =>
      claims.rivalOf(presentation.challenge) === undefined &&
      isServiceRight(serviceDeps, namespaceOf(presentation.challenge), 'ClusterIP') &&
      publicationFor(presentation.solver).isRight(presentation),
    present: async (presentation, signal) => {
      const { challenge, solver } = presentation
      const hindrance = hindranceOf(claims, challenge)
      if (hindrance !== undefined) return { kind: 'waiting', why: hindrance }
      return claims.holding(challenge, async () => {
        const namespace = namespaceOf(challenge)
        const service = await once(namespace, () => ensureService(serviceDeps, namespace, 'ClusterIP', signal))
        return service.kind === 'waiting' ? service : publicationFor(solver).ensure(presentation, signal)
      })
    },
    selfCheck: (presentation, signal) => check(deps, publicationFor(presentation.solver), presentation, signal),
    leavesTraces: () => false,
    stands: (challenge) => traefik.stands(challenge) || gateway?.stands(challenge) === true,
    cleanUp: async (challenge, _presentation, signal) => {
      await traefik.cleanUp(challenge, signal)
      await gateway?.cleanUp(challenge, signal)
    },
  }
}

function unsupported(
  { tlsALPN01 }: AcmeSolver,
  { isListening, servesGateways }: { readonly isListening: boolean; readonly servesGateways: boolean },
): string | undefined {
  if (!isListening) return 'tlsALPN01 cannot be used: the operator runs with --tls-alpn01-listen-address=0'
  if (tlsALPN01?.gatewayTLSRoute !== undefined)
    return servesGateways ? undefined : 'tlsALPN01.gatewayTLSRoute cannot be used: the operator runs with --enable-gateway-api=false'
  return tlsALPN01?.ingressRouteTCP === undefined
    ? 'the solver has neither tlsALPN01.gatewayTLSRoute nor tlsALPN01.ingressRouteTCP'
    : undefined
}

function hindranceOf(claims: NameClaims, challenge: Challenge): string | undefined {
  const { dnsName } = challenge.spec
  if (serverNameOf(dnsName) === undefined) return `${dnsName} is no host name, so that no route can lead to it`
  const rival = claims.rivalOf(challenge)
  if (rival === undefined) return undefined
  const { namespace, name } = rival.metadata
  return `the Challenge ${namespace ?? ''}/${name} for the same name is answered first; one can be answered at a time`
}

async function check(
  { selfCheck, answerAt }: TlsAlpn01SolverDeps,
  publication: Publication<Presentation>,
  presentation: Presentation,
  signal: AbortSignal,
): Promise<SelfCheckResult> {
  const { dnsName: identifier, key: keyAuthorization } = presentation.challenge.spec
  const proof = { identifier, keyAuthorization }
  const serverName = serverNameOf(identifier) ?? ''
  const view = await viewCertificate(proof, serverName, selfCheck, signal)
  if (view.kind === 'right') {
    const sought = { proof, serverName, port: answerAt.port }
    return replicasResult(await viewCertificateAt(answerAt.others(), sought, signal))
  }
  const obstacle = publication.obstacle(presentation)
  if (obstacle !== undefined) return { kind: 'failed', why: `${view.why}; ${obstacle}`, isInconclusive: false }
  return { kind: 'failed', why: view.why, isInconclusive: view.kind === 'unseen' }
}

function namespaceOf({ metadata }: Challenge): string {
  return metadata.namespace ?? ''
}
