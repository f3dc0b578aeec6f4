import type { ClusterIssuer, Issuer } from '../../crds/issuer.ts'
import type { KubeObject, ObjectName, Resource } from '../../crds/resource.ts'
import type { IssuerType } from '../../issuers/issuer-type.ts'
import type { AccountDoubts } from '../../issuers/acme/account-doubts.ts'
import type { AnyIssuer, IssuerSetup } from '../../issuers/signer.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Informer } from '../../kube/lister.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ControllerParts } from '../../runtime/controller-parts.ts'
import { keyOf } from '../../runtime/object-key.ts'
import { onChangeOf, onOwnChange, type ChangeSource, type Trigger } from '../../runtime/trigger.ts'
import { act } from './act.ts'
import { decide, type Action } from './decide.ts'
import { observe, referencedSecrets } from './observe.ts'
import type { LastSetup, World } from './world.ts'

export interface IssuerDeps<T extends AnyIssuer> {
  /** `issuers` or `clusterissuers`. */
  readonly name: string
  readonly resource: Resource<T>
  readonly issuers: Informer<T>
  readonly secretSources: readonly ChangeSource<KubeObject>[]
  readonly secretVersion: (name: ObjectName) => string | undefined
  readonly setups: Readonly<Partial<Record<IssuerType, IssuerSetup>>>
  readonly clusterResourceNamespace: string
  /** Issuers whose account the CA seems to have given up. */
  readonly doubts: AccountDoubts
  readonly cluster: Cluster
  readonly events: EventRecorder
  readonly clock: Clock
}

/** Checks issuers and says whether they can sign. One for Issuers, one for ClusterIssuers. Make it before the caches start: it adds an index. */
export function issuerController<T extends Issuer | ClusterIssuer>(deps: IssuerDeps<T>): ControllerParts<World, Action> {
  const { clusterResourceNamespace } = deps
  const lastSetups = new Map<string, LastSetup>()
  const bySecret = deps.issuers.index((issuer) => referencedSecrets(issuer, clusterResourceNamespace).map(pathOf))
  const sources = { ...deps, lastSetups }
  const effects = { ...deps, resource: deps.resource as Resource<Issuer> | Resource<ClusterIssuer>, lastSetups }
  return {
    reconciler: {
      name: deps.name,
      observe: (key) => Promise.resolve(observe(sources, key)),
      decide,
      act: (action, world, signal) => act(effects, action, world, signal),
    },
    triggers: [
      onOwnChange(deps.issuers),
      onChangeOf(deps.doubts, ({ kind, metadata }) => (kind === deps.resource.kind ? [keyOf(metadata)] : [])),
      forgetDeleted(deps.issuers, lastSetups),
      ...deps.secretSources.map((source) =>
        onChangeOf(source, (secret) => bySecret(pathOf(secret.metadata)).map((issuer) => keyOf(issuer.metadata))),
      ),
    ],
  }
}

function forgetDeleted(issuers: Informer<AnyIssuer>, lastSetups: Map<string, LastSetup>): Trigger {
  return () =>
    issuers.onChange(({ before, after }) => {
      if (before !== undefined && after?.metadata.uid !== before.metadata.uid) lastSetups.delete(before.metadata.uid ?? '')
    })
}

function pathOf({ namespace, name }: ObjectName): string {
  return `${namespace ?? ''}/${name}`
}
