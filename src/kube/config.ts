import { readFile } from 'node:fs/promises'
import { dirname, delimiter, isAbsolute, join } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
import { OperatorError } from '../lib/operator-error.ts'
import { tokenFile } from './token-file.ts'
import type { TokenFile } from './token-file.ts'

/** Where the API server is and how we show who we are. */
export interface ClusterAccess {
  /** For example `https://10.0.0.1:443`; may have a path. */
  readonly server: string
  /** `http://`, `https://` or `socks5://`. */
  readonly proxy?: string
  /** The namespace that the configuration names, if it names one. */
  readonly namespace?: string
  /** TLS material as of the last `authorize`. Another value than before asks for new connections. */
  readonly tls: () => TlsMaterial
  /** The headers that authenticate one request. Throws `OperatorError` with code `kube/Credentials`. */
  readonly authorize: () => Promise<Readonly<Record<string, string>>>
  /** The server refused the credentials: forget what is remembered, ask their source again. */
  readonly invalidate: () => void
}

export interface TlsMaterial {
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly servername?: string
  readonly rejectUnauthorized?: boolean
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Access with the service account of the pod. `host` and `port` come from KUBERNETES_SERVICE_HOST and _PORT. */
export async function inClusterAccess(options: {
  readonly host: string
  readonly port: string
  readonly folder?: string
}): Promise<ClusterAccess> {
  const folder = options.folder ?? SERVICE_ACCOUNT
  const token = tokenFile(join(folder, 'token'), monotonic)
  const caFile = join(folder, 'ca.crt')
  let tls: TlsMaterial = { ca: await readFile(caFile) }
  let isStale = false
  const namespace = await readFile(join(folder, 'namespace'), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  )
  const host = options.host.includes(':') ? `[${options.host}]` : options.host

  return {
    server: `https://${host}:${options.port}`,
    ...(namespace === undefined || namespace === '' ? {} : { namespace }),
    tls: () => tls,
    authorize: async () => {
      if (isStale) {
        isStale = false
        tls = keepIfSame(tls, { ca: await readFile(caFile).catch(failed) })
      }
      return bearer(token)
    },
    invalidate: () => {
      isStale = true
      token.invalidate()
    },
  }
}

/**
 * Access by kubeconfig: `path` may list several files as $KUBECONFIG does. Client certificates, tokens, token files,
 * exec plug-ins, OIDC and proxies. The Kubernetes client library is loaded only for this.
 */
export async function kubeconfigAccess(options: { readonly path: string; readonly context?: string }): Promise<ClusterAccess> {
  const load = (): Promise<Loaded> => loadKubeconfig(options.path, options.context)
  let loaded = await load()
  let tls: TlsMaterial = {}
  let headers: Readonly<Record<string, string>> = {}
  let askAt = 0
  let isStale = false
  let asking: Promise<void> | undefined

  async function ask(): Promise<void> {
    try {
      if (isStale) loaded = await load()
      isStale = false
      const material = await materialOf(loaded.config)
      tls = keepIfSame(tls, material.tls)
      headers = material.headers
      askAt = monotonic() + ASK_AGAIN_AFTER
    } catch (error) {
      failed(error)
    } finally {
      asking = undefined
    }
  }
  await ask()

  return {
    server: loaded.server,
    ...(loaded.proxy === undefined ? {} : { proxy: loaded.proxy }),
    ...(loaded.namespace === undefined ? {} : { namespace: loaded.namespace }),
    tls: () => tls,
    authorize: async () => {
      if (isStale || monotonic() >= askAt) await (asking ??= ask())
      return loaded.token === undefined ? headers : { ...headers, ...(await bearer(loaded.token)) }
    },
    invalidate: () => {
      isStale = true
      loaded.token?.invalidate()
    },
  }
}

/** How long headers and certificates that client-node worked out are used; it checks the expiry of exec and OIDC tokens itself. */
const ASK_AGAIN_AFTER = 10_000

const monotonic = (): number => performance.now()

async function bearer(token: TokenFile): Promise<Readonly<Record<string, string>>> {
  const read = await token.read().catch(failed)
  return { authorization: `Bearer ${read.reveal()}` }
}

interface Loaded {
  readonly config: KubeConfig
  readonly server: string
  readonly proxy: string | undefined
  readonly namespace: string | undefined
  /** Of a user with `tokenFile`, which client-node does not read. */
  readonly token: TokenFile | undefined
}

async function loadKubeconfig(paths: string, context: string | undefined): Promise<Loaded> {
  const library = await import('./client-node.ts')
  const config = new library.KubeConfig()
  const tokenFiles = new Map<string, string>()
  for (const path of paths.split(delimiter).filter((part) => part !== '')) {
    const one = new library.KubeConfig()
    one.loadFromFile(path)
    config.mergeConfig(one, config.currentContext !== undefined)
    const raw: unknown = library.loadYaml(await readFile(path, 'utf8'))
    for (const [user, file] of tokenFilesIn(raw)) tokenFiles.set(user, isAbsolute(file) ? file : join(dirname(path), file))
  }
  if (context !== undefined) config.setCurrentContext(context)
  const cluster = config.getCurrentCluster()
  if (cluster === null)
    throw new OperatorError('kube/Credentials', `kubeconfig ${paths}: the current context names no cluster`, { retry: { kind: 'never' } })
  const file = tokenFiles.get(config.getCurrentUser()?.name ?? '')
  return {
    config,
    server: cluster.server,
    proxy: cluster.proxyUrl,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    token: file === undefined ? undefined : tokenFile(file, monotonic),
  }
}

function tokenFilesIn(kubeconfig: unknown): [user: string, file: string][] {
  const users = memberOf(kubeconfig, 'users')
  if (!Array.isArray(users)) return []
  return users.flatMap((entry: unknown): [string, string][] => {
    const name = memberOf(entry, 'name')
    const file = memberOf(memberOf(entry, 'user'), 'tokenFile')
    return typeof name === 'string' && typeof file === 'string' ? [[name, file]] : []
  })
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined
}

interface Material {
  readonly tls: TlsMaterial
  readonly headers: Readonly<Record<string, string>>
}

/** Lets client-node run exec plug-ins and refresh OIDC tokens; takes over what it found. */
async function materialOf(config: KubeConfig): Promise<Material> {
  const headers: Record<string, string> = {}
  const found: Record<string, unknown> = { headers }
  // Plain http is refused there unless TLS checks are off, though `kubectl proxy` speaks nothing else; it has nothing to tell us then.
  if (config.getCurrentCluster()?.server.startsWith('https:') === true) await config.applyToHTTPSOptions(found)
  const user = config.getCurrentUser()
  if (user?.username !== undefined && user.username !== null) {
    headers['authorization'] = `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`
  } else if (headers['Authorization'] === undefined && user?.token) {
    headers['authorization'] = `Bearer ${user.token}`
  }
  const { ca, cert, key, servername, rejectUnauthorized } = found
  return {
    headers,
    tls: {
      ...(isPem(ca) ? { ca } : {}),
      ...(isPem(cert) ? { cert } : {}),
      ...(isPem(key) ? { key } : {}),
      ...(typeof servername === 'string' ? { servername } : {}),
      ...(typeof rejectUnauthorized === 'boolean' ? { rejectUnauthorized } : {}),
    },
  }
}

function isPem(value: unknown): value is string | Buffer {
  return typeof value === 'string' || Buffer.isBuffer(value)
}

/** The old value when nothing differs, so that connections are not opened anew for nothing. */
function keepIfSame(old: TlsMaterial, next: TlsMaterial): TlsMaterial {
  const isSame =
    String(old.ca) === String(next.ca) &&
    String(old.cert) === String(next.cert) &&
    String(old.key) === String(next.key) &&
    old.servername === next.servername &&
    old.rejectUnauthorized === next.rejectUnauthorized
  return isSame ? old : next
}

/** The cause is left out: an exec plug-in may have printed a token. */
function failed(error: unknown): never {
  if (error instanceof OperatorError) throw error
  const code = memberOf(error, 'code')
  throw new OperatorError(
    'kube/Credentials',
    `cannot read the credentials for the API server${typeof code === 'string' ? ` (${code})` : ''}`,
  )
}
