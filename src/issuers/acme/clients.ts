import type { KeyObject } from 'node:crypto'

import type { AcmeClient, AcmeEndpoint } from '../../acme/client.ts'
import type { AcmeIssuer } from '../../crds/issuer.ts'
import type { KubeObject } from '../../crds/resource.ts'
import type { Lister } from '../../kube/lister.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import type { ChangeSource } from '../../runtime/trigger.ts'
import type { AnyIssuer } from '../signer.ts'
import type { AccountKeyDeps } from './account-key.ts'
import { accountKeyHash, accountKeySecret, readAccountKey } from './account-key.ts'

export interface AcmeClientsDeps extends AccountKeyDeps {
  /** Secrets as far as they are cached; their metadata is enough. */
  readonly secrets: Lister<KubeObject>
  /** Whose clients are closed when they are gone. */
  readonly issuers: readonly ChangeSource<AnyIssuer>[]
  readonly connect: Connect
}

/** Makes a client; user agent, clock and metrics are bound by the app. */
export type Connect = (options: {
  readonly endpoint: AcmeEndpoint
  readonly accountKey: KeyObject
  readonly accountUrl?: string
}) => AcmeClient

/** The clients of all registered ACME issuers: one connection pool, nonce pool and in-flight limit each. */
export interface AcmeClients {
  /** Throws `acme/noAccount` while the issuer has no registered account or its key cannot be read. */
  readonly for: (issuer: AnyIssuer, signal: AbortSignal) => Promise<AcmeClient>
  readonly close: () => Promise<void>
}

/** Keeps one client per issuer, until its spec, its account or its account key changes, or it is gone. */
export function acmeClients(deps: AcmeClientsDeps): AcmeClients {
  const held = new Map<string, Held>()

  const release = (key: string): void => {
    const old = held.get(key)
    held.delete(key)
    // Requests under way end by themselves; whatever happens to their connections after that concerns nobody.
    void old?.client.then((client) => client.close()).catch(() => {})
  }

  for (const source of deps.issuers) {
    source.onChange(({ before, after }) => {
      if (before !== undefined && after?.metadata.uid !== before.metadata.uid) release(holderOf(before))
    })
  }

  return {
    for: async (issuer, signal) => {
      const key = holderOf(issuer)
      const version = versionOf(issuer, deps)
      const current = held.get(key)
      if (current?.version === version) return current.client
      release(key)
      const client = open(issuer, deps, signal)
      held.set(key, { version, client })
      client.catch(() => {
        if (held.get(key)?.client === client) held.delete(key)
      })
      return client
    },
    close: async () => {
      const clients = [...held.values()]
      held.clear()
      await Promise.allSettled(clients.map(async ({ client }) => (await client).close()))
    },
  }
}

interface Held {
  readonly version: string
  readonly client: Promise<AcmeClient>
}

function holderOf(issuer: AnyIssuer): string {
  return issuer.metadata.uid ?? `${issuer.metadata.namespace ?? ''}/${issuer.metadata.name}`
}

/** What a client was made from. Anything else about the issuer may change without a new client. */
function versionOf(issuer: AnyIssuer, deps: AcmeClientsDeps): string {
  const acme = issuer.spec.acme
  const secret = acme === undefined ? undefined : deps.secrets.get(accountKeySecret(issuer, acme, deps.clusterResourceNamespace))
  return JSON.stringify([issuer.metadata.generation, issuer.status?.acme?.uri, secret?.metadata.uid, secret?.metadata.resourceVersion])
}

async function open(issuer: AnyIssuer, deps: AcmeClientsDeps, signal: AbortSignal): Promise<AcmeClient> {
  const acme = issuer.spec.acme
  const accountUrl = issuer.status?.acme?.uri
  if (acme === undefined || accountUrl === undefined || accountUrl === '') {
    throw new OperatorError('acme/noAccount', `issuer ${issuer.metadata.name} has no registered ACME account yet`)
  }
  const accountKey = await readAccountKey(issuer, acme, deps, signal)
  if (accountKey.kind !== 'ok') throw new OperatorError('acme/noAccount', accountKey.why)
  if (accountKey.next !== undefined) {
    throw new OperatorError('acme/noAccount', `the account key of issuer ${issuer.metadata.name} is being replaced`)
  }
  if (accountKeyHash(accountKey.key) !== issuer.status?.acme?.lastPrivateKeyHash) {
    throw new OperatorError('acme/noAccount', `the account key of issuer ${issuer.metadata.name} has changed and is not registered yet`)
  }
  return deps.connect({ endpoint: endpointOf(acme), accountKey: accountKey.key, accountUrl })
}

/** Where an issuer's CA is, and whom to trust about it. */
export function endpointOf(acme: AcmeIssuer): AcmeEndpoint {
  const { server, caBundle, skipTLSVerify } = acme
  return {
    directoryUrl: server,
    ...(caBundle === undefined || caBundle === '' ? {} : { caBundle: Buffer.from(caBundle, 'base64').toString('utf8') }),
    ...(skipTLSVerify === true ? { skipTlsVerify: true } : {}),
  }
}
