import type { AccountDoubts } from '../issuers/acme/account-doubts.ts'
import { acmeClients, type AcmeClients, type Connect } from '../issuers/acme/clients.ts'
import { replacedCertificate } from '../issuers/acme/replaced-certificate.ts'
import { acmeSetup } from '../issuers/acme/setup.ts'
import { acmeSigner } from '../issuers/acme/signer.ts'
import { caKeyPairCache } from '../issuers/ca/key-pair-cache.ts'
import { caSetup } from '../issuers/ca/setup.ts'
import { caSigner } from '../issuers/ca/signer.ts'
import type { IssuerSetup, Signer } from '../issuers/signer.ts'
import { selfSignedSetup } from '../issuers/self-signed/setup.ts'
import { selfSignedSigner } from '../issuers/self-signed/signer.ts'
import type { Cluster } from '../kube/cluster.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { Clock } from '../lib/clock.ts'
import type { Instant } from '../lib/instant.ts'
import type { Caches } from './caches.ts'
import { isGateOn } from './feature-gates.ts'
import type { Options } from './options.ts'

/** The types of issuers that there are. */
type PerType<T> = Readonly<Record<'ca' | 'selfSigned' | 'acme', T>>

export interface IssuerTypes {
  readonly clients: AcmeClients
  readonly setups: PerType<IssuerSetup>
  /** For CertificateRequests. */
  readonly signers: PerType<Signer>
  /** The same with Events in the name of another component. */
  readonly signersFor: (component: string) => PerType<Signer>
}

export interface IssuerTypesDeps {
  readonly caches: Caches
  readonly cluster: Cluster
  readonly clock: Clock
  readonly connect: Connect
  readonly options: Options
  readonly recorder: (component: string) => EventRecorder
  readonly usesAri: boolean
  readonly doubts: AccountDoubts
  /** Since when this replica leads; undefined: it does not. */
  readonly actingSince: () => Instant | undefined
}

/** Sets up and signs for each type of issuer. Make it before the caches start. */
export function issuerTypes(deps: IssuerTypesDeps): IssuerTypes {
  const { caches, cluster, clock, connect, options, recorder } = deps
  const clusterResourceNamespace = options['cluster-resource-namespace']
  const accounts = { cluster, clusterResourceNamespace }
  const ca = { clock, clusterResourceNamespace, keyPairs: caKeyPairCache(cluster, caches.secretVersion) }
  const shared = {
    ca: caSigner(ca),
    acme: acmeSigner({
      cluster,
      clock,
      orders: caches.orders,
      challenges: caches.challenges,
      copiedAnnotationPrefixes: options['copied-annotation-prefixes'],
      replaced: replacedCertificate({ ...caches, isOn: deps.usesAri }),
      actingSince: deps.actingSince,
    }),
  }
  const signersFor = (component: string): PerType<Signer> => ({
    ...shared,
    selfSigned: selfSignedSigner({ cluster, clock, events: recorder(`${component}-issuer-selfsigned`) }),
  })
  const isDnsPersist01On = isGateOn('DNSPersist01', options['feature-gates'])
  return {
    clients: acmeClients({ ...accounts, secrets: caches.foreignSecrets, issuers: [caches.issuers, caches.clusterIssuers], connect }),
    setups: {
      ca: caSetup(ca),
      selfSigned: selfSignedSetup,
      acme: acmeSetup({ ...accounts, connect, clock, orders: caches.orders, isDnsPersist01On, doubts: deps.doubts }),
    },
    signers: signersFor('certificaterequests'),
    signersFor,
  }
}
