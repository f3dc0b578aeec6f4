import type { Metrics } from './metrics.ts'
import type { Options } from './options.ts'
import type { Caches } from './caches.ts'
import type { Connect } from '../issuers/acme/clients.ts'
import { createOrderPacer } from '../acme/pacing/order-pacer.ts'
import { acmeClients, type AcmeClients } from '../issuers/acme/clients.ts'
import { readWaitReason } from '../issuers/acme/order-wait.ts'
import { replacedCertificate } from '../issuers/acme/replaced-certificate.ts'
import { acmeSetup } from '../issuers/acme/setup.ts'
import { acmeSigner } from '../issuers/acme/signer.ts'
import { caCertificateCache } from '../issuers/ca/ca-certificate.ts'
import { caKeyPairCache } from '../issuers/ca/key-pair-cache.ts'
import { caSetup } from '../issuers/ca/setup.ts'
import { caSigner } from '../issuers/ca/signer.ts'
import { selfSignedSetup } from '../issuers/self-signed/setup.ts'
import { selfSignedSigner } from '../issuers/self-signed/signer.ts'
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
import { rememberPlacedOrders } from '../controllers/order/pacing.ts'
import { orderController } from '../controllers/order/reconciler.ts'
import type { Challenge } from '../crds/challenge.ts'
import { renewalInformationController } from '../controllers/renewal-information/controller.ts'
import type { ShimSettings } from '../controllers/shim/settings.ts'
import { shimControllers } from '../controllers/shim/shim-controllers.ts'
import type { Order } from '../crds/order.ts'
import { certificateRequests, clusterIssuerPools, clusterIssuers, issuerPools, issuers } from '../crds/resources.ts'
import type { Cluster } from '../kube/cluster.ts'
import type { EventPublisher } from '../kube/event-recorder.ts'
import { certificateSigningRequests } from '../kube/kinds.ts'
import type { Lister } from '../kube/lister.ts'
import type { Clock } from '../lib/clock.ts'
import type { Instant } from '../lib/instant.ts'
import { controllerReference, controllerUid } from '../lib/controller-uid.ts'
import type { PlannedAction } from '../runtime/reconciler.ts'
import type { ControllerParts } from '../runtime/controller-parts.ts'
import { startController, type RunningController } from '../runtime/controller.ts'
import type { Log } from '../runtime/log.ts'
import { keyOf, type ObjectKey } from '../runtime/object-key.ts'
import { onChangeOf } from '../runtime/trigger.ts'
import { signingRequestController } from '../controllers/signing-request/controller.ts'
import { referencePermission } from '../controllers/signing-request/reference-permission.ts'
import { solverServiceController } from '../solvers/http01/solver-service-controller.ts'
import { isEnabled } from './enabled.ts'
import { isGateOn } from './feature-gates.ts'
import { SIGNING_REQUESTS } from './signs-for-kubernetes.ts'
import type { Solvers } from '../solvers/solver.ts'

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
  /** Starts all of them; they end when the signal is aborted. */
  readonly start: (signal: AbortSignal) => readonly RunningController[]
  readonly acmeClients: AcmeClients
}

/** The flat list of everything that reconciles: the table of contents of this program. Make it before the caches start. */
export function createControllers(deps: ControllerDeps): Controllers {
  const { caches, cluster, clock, options, metrics, connect } = deps
  const clusterResourceNamespace = options['cluster-resource-namespace']
  const accounts = { cluster, clusterResourceNamespace }
  const clients = acmeClients({ ...accounts, secrets: caches.foreignSecrets, issuers: [caches.issuers, caches.clusterIssuers], connect })
  const ca = { clock, clusterResourceNamespace, keyPairs: caKeyPairCache(cluster, caches.secretVersion) }
  const recorder = (component: string) => deps.events.recorderFor(`cert-manager-${component}`)
  const copiedAnnotationPrefixes = options['copied-annotation-prefixes']
  const setups = { ca: caSetup(ca), selfSigned: selfSignedSetup, acme: acmeSetup({ ...accounts, connect, clock, orders: caches.orders }) }
  const issuerDeps = {
    secretSources: [caches.managedSecrets, caches.foreignSecrets],
    secretVersion: caches.secretVersion,
    setups,
    clusterResourceNamespace,
    cluster,
    clock,
  }

  const usesAri = isGateOn('ACMEUseARI', options['feature-gates'])
  const pacer = createOrderPacer()
  let actingSince: Instant | undefined
  const selfSignedAs = (component: string) => selfSignedSigner({ cluster, clock, events: recorder(`${component}-issuer-selfsigned`) })
  const signers = {
    ca: caSigner(ca),
    selfSigned: selfSignedAs('certificaterequests'),
    acme: acmeSigner({
      cluster,
      clock,
      orders: caches.orders,
      challenges: caches.challenges,
      copiedAnnotationPrefixes,
      replaced: replacedCertificate({ ...caches, isOn: usesAri }),
      actingSince: () => actingSince,
    }),
  }

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
        events: recorder('certificates'),
        settings: {
          minimumBackoff: options['certificate-request-minimum-backoff-duration'],
          maximumBackoff: options['certificate-request-maximum-backoff-duration'],
          ownsSecret: options['enable-certificate-owner-ref'],
          copiedAnnotationPrefixes,
        },
        onIssuance: metrics.onIssuance,
        onLimited: metrics.onLimited,
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
        events: recorder('certificates-readiness'),
        random: Math.random,
        isOn: usesAri,
      }),
    ),
    startable(orderController({ ...caches, cluster, clock, clients, pacer, events: recorder('orders'), random: Math.random })),
    startable(
      challengeController({
        ...caches,
        cluster,
        clock,
        clients,
        events: recorder('challenges'),
        solvers: deps.solvers,
        random: Math.random,
        settings: defaultSettings,
      }),
    ),
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
              signers: { ...signers, selfSigned: selfSignedAs(SIGNING_REQUESTS) },
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
    start: (signal) => {
      actingSince = clock.now()
      rememberPlacedOrders(pacer, caches.orders, caches)
      return enabled.map(({ start }) => start(deps, signal))
    },
  }
}

function shimSettings(options: Options): ShimSettings {
  return {
    defaultIssuer: {
      name: options['default-issuer-name'],
      kind: options['default-issuer-kind'],
      group: options['default-issuer-group'],
    },
    autoAnnotations: options['auto-certificate-annotations'],
    extraAnnotations: options['extra-certificate-annotations'],
    extraProtocols: options['gateway-api-extra-protocols'],
  }
}

interface Startable {
  readonly name: string
  readonly start: (deps: ControllerDeps, signal: AbortSignal) => RunningController
}

function startable<World, Action extends PlannedAction>({ reconciler, triggers }: ControllerParts<World, Action>): Startable {
  return {
    name: reconciler.name,
    start: ({ clock, log, metrics, options }, signal) =>
      startController({ reconciler, triggers, clock, log, observer: metrics.controllers, workers: options['concurrent-workers'] }, signal),
  }
}

/** The request that an Order is for, where it is of that kind. */
function requestOfOrder(of: { readonly kind: string; readonly namespaced: boolean }): (order: Order) => readonly ObjectKey[] {
  return (order) => {
    const owner = controllerReference(order)
    if (owner?.kind !== of.kind) return []
    const { namespace } = order.metadata
    return [keyOf({ ...(of.namespaced && namespace !== undefined ? { namespace } : {}), name: owner.name })]
  }
}

/** The request whose issuer cannot answer, as one of its Challenges has found out: a pool may ask another one. */
function requestOfHindered(challenge: Challenge, orders: Lister<Order>): readonly ObjectKey[] {
  if (readWaitReason(challenge.status?.reason ?? '') === undefined) return []
  const { namespace } = challenge.metadata
  const name = controllerReference(challenge)?.name
  const order = name === undefined ? undefined : orders.get({ ...(namespace === undefined ? {} : { namespace }), name })
  return order === undefined ? [] : requestOfOrder(certificateRequests)(order)
}
