import type { Metrics } from './metrics.ts'
import type { Options } from './options.ts'
import type { Caches } from './caches.ts'
import type { AcmeClients, Connect } from '../issuers/acme/clients.ts'
import { renewalAnswers } from '../issuers/acme/renewal-answers.ts'
import { createOrderPacer } from '../acme/pacing/order-pacer.ts'
import { accountDoubts } from '../issuers/acme/account-doubts.ts'
import { caCertificateCache } from '../issuers/ca/ca-certificate.ts'
import { caInjectorController } from '../controllers/ca-injector/controller.ts'
import { certificateController } from '../controllers/certificate/controller.ts'
import { certificateRequestController } from '../controllers/certificate-request/controller.ts'
import { approvalPermission } from '../controllers/certificate-request/approval-permission.ts'
import { certificateRevocationController } from '../controllers/certificate-revocation/controller.ts'
import { challengeController } from '../controllers/challenge/reconciler.ts'
import { revocationPolicyController } from '../controllers/revocation-policy/controller.ts'
import { issuerPoolController } from '../controllers/issuer-pool/controller.ts'
import { issuerController } from '../controllers/issuer/controller.ts'
import { defaultSettings } from '../controllers/challenge/world.ts'
import { rememberOrders } from '../controllers/order/pacing.ts'
import { orderController } from '../controllers/order/reconciler.ts'
import { renewalInformationController } from '../controllers/renewal-information/controller.ts'
import { shimControllers } from '../controllers/shim/shim-controllers.ts'
import { certificateRequests, clusterIssuerPools, clusterIssuers, issuerPools, issuers } from '../crds/resources.ts'
import type { Cluster } from '../kube/cluster.ts'
import type { EventPublisher } from '../kube/event-recorder.ts'
import { certificateSigningRequests } from '../kube/kinds.ts'
import { ownIdentity } from '../kube/own-identity.ts'
import type { Clock } from '../lib/clock.ts'
import type { Instant } from '../lib/instant.ts'
import { controllerUid } from '../lib/controller-uid.ts'
import type { RunningController } from '../runtime/controller.ts'
import type { Log } from '../runtime/log.ts'
import { onChangeOf } from '../runtime/trigger.ts'
import { signingRequestController } from '../controllers/signing-request/controller.ts'
import { referencePermission } from '../controllers/signing-request/reference-permission.ts'
import { solverServiceController } from '../solvers/http01/solver-service-controller.ts'
import type { Solvers } from '../solvers/solver.ts'
import { isEnabled } from './enabled.ts'
import { isGateOn } from './feature-gates.ts'
import { issuerTypes } from './issuer-types.ts'
import { requestOfHindered, requestOfOrder } from './request-of-order.ts'
import { shimSettings } from './shim-settings.ts'
import { SIGNING_REQUESTS } from './signs-for-kubernetes.ts'
import { CHALLENGE_WORKERS, startable, type Looker, type Startable } from './startable.ts'

export interface ControllerDeps {
  readonly caches: Caches
  readonly cluster: Cluster
  readonly events: EventPublisher
  readonly connect: Connect
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  readonly options: Options
  readonly solvers: Solvers
  /** PEM; undefined: it is trusted by the CAs of the system. */
  readonly apiServerCa: () => string | undefined
}

export interface Controllers {
  /** What each would do about an object, without doing it. */
  readonly lookers: readonly Looker[]
  /** Starts all of them; they end when the signal is aborted. */
  readonly start: (signal: AbortSignal) => readonly RunningController[]
  readonly acmeClients: AcmeClients
}

/** The flat list of everything that reconciles: the table of contents of this program. Make it before the caches start. */
export function createControllers(deps: ControllerDeps): Controllers {
  const { caches, cluster, clock, options, metrics } = deps
  const clusterResourceNamespace = options['cluster-resource-namespace']
  const copiedAnnotationPrefixes = options['copied-annotation-prefixes']
  const recorder = (component: string) => deps.events.recorderFor(`cert-manager-${component}`)
  const usesAri = isGateOn('ACMEUseARI', options['feature-gates'])
  const pacer = createOrderPacer()
  const doubts = accountDoubts(clock)
  const answers = renewalAnswers(caches.managedSecrets)
  let actingSince: Instant | undefined
  const { clients, setups, signers, signersFor } = issuerTypes({ ...deps, recorder, usesAri, doubts, actingSince: () => actingSince })
  const issuerDeps = {
    secretSources: [caches.managedSecrets, caches.foreignSecrets],
    secretVersion: caches.secretVersion,
    setups,
    clusterResourceNamespace,
    doubts,
    cluster,
    clock,
  }

  const proving = { ...caches, cluster, clock, clients, doubts, solvers: deps.solvers, random: Math.random }
  const revoking = { signers, cluster, clock, clients, requestsByOwner: caches.requests.index(controllerUid) }

  const all: readonly Startable[] = [
    startable(
      issuerController({ ...issuerDeps, name: 'issuers', resource: issuers, issuers: caches.issuers, events: recorder('issuers') }),
    ),
    startable(
      issuerController({
        ...issuerDeps,
        name: 'clusterissuers',
        resource: clusterIssuers,
        issuers: caches.clusterIssuers,
        events: recorder('clusterissuers'),
      }),
    ),
    startable(
      certificateController({
        ...caches,
        cluster,
        clock,
        clusterResourceNamespace,
        caCertificates: caCertificateCache(cluster, caches.secretVersion),
        ownIdentity: ownIdentity({ cluster, clock }),
        events: recorder('certificates'),
        settings: {
          minimumBackoff: options['certificate-request-minimum-backoff-duration'],
          maximumBackoff: options['certificate-request-maximum-backoff-duration'],
          ownsSecret: options['enable-certificate-owner-ref'],
          copiedAnnotationPrefixes,
          encodesBasicConstraints: isGateOn('UseCertificateRequestBasicConstraints', options['feature-gates']),
        },
        onIssuance: metrics.onIssuance,
        onLimited: metrics.onLimited,
        renewalAnswers: answers,
      }),
    ),
    startable(
      certificateRequestController({
        ...caches,
        cluster,
        clock,
        events: recorder('certificaterequests'),
        signers,
        signerTriggers: [
          onChangeOf(caches.orders, requestOfOrder(certificateRequests)),
          onChangeOf(caches.challenges, (challenge) => requestOfHindered(challenge, caches.orders)),
        ],
        mayApprove: isEnabled('certificaterequests-approver', options.controllers)
          ? approvalPermission({ cluster, clock, watchedNamespace: options.namespace })
          : () => Promise.resolve(false),
      }),
    ),
    startable(
      issuerPoolController({
        ...caches,
        name: 'issuerpools',
        resource: issuerPools,
        pools: caches.issuerPools,
        signers,
        cluster,
        clock,
        events: recorder('issuerpools'),
      }),
    ),
    startable(
      issuerPoolController({
        ...caches,
        name: 'clusterissuerpools',
        resource: clusterIssuerPools,
        pools: caches.clusterIssuerPools,
        signers,
        cluster,
        clock,
        events: recorder('clusterissuerpools'),
      }),
    ),
    startable(certificateRevocationController({ ...caches, ...revoking, events: recorder('certificaterevocations') })),
    startable(revocationPolicyController({ ...caches, ...revoking, events: recorder('certificates') })),
    startable(
      renewalInformationController({
        ...caches,
        cluster,
        clock,
        clients,
        answers,
        events: recorder('certificates-readiness'),
        random: Math.random,
        isOn: usesAri,
      }),
    ),
    startable(orderController({ ...proving, pacer, events: recorder('orders') })),
    startable(challengeController({ ...proving, events: recorder('challenges'), settings: defaultSettings }), CHALLENGE_WORKERS),
    ...(caches.signingRequests === undefined
      ? []
      : [
          startable(
            signingRequestController({
              ...caches,
              signingRequests: caches.signingRequests,
              cluster,
              clock,
              events: recorder(SIGNING_REQUESTS),
              signers: signersFor(SIGNING_REQUESTS),
              signerTriggers: [onChangeOf(caches.orders, requestOfOrder(certificateSigningRequests))],
              mayReference: referencePermission(cluster),
              clusterResourceNamespace,
              watchedNamespace: options.namespace,
            }),
          ),
        ]),
    ...(caches.injectionTargets.length === 0
      ? []
      : [
          startable(
            caInjectorController({
              ...caches,
              cluster,
              clock,
              apiServerCa: deps.apiServerCa,
              readsCertificates: options['enable-certificates-data-source'],
              ignoredNamespaces: options['ignore-namespaces'],
              events: recorder('cainjector'),
              onInjection: metrics.onInjection,
            }),
          ),
        ]),
    ...shimControllers({ ...caches, cluster, clock, recorder, settings: shimSettings(options) }).map((parts) => startable(parts)),
    startable(solverServiceController({ ...caches, cluster, clock })),
  ]
  // What is behind a gate is in the list only when it is on.
  const enabled = all.filter(({ name }) => name === SIGNING_REQUESTS || isEnabled(name, options.controllers))
  return {
    acmeClients: clients,
    lookers: enabled,
    start: (signal) => {
      actingSince = clock.now()
      rememberOrders(pacer, caches.orders, caches, clock.now())
      return enabled.map(({ start }) => start(deps, signal))
    },
  }
}
