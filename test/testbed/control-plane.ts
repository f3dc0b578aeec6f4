import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClaimedAddress } from './addresses.ts'
import { newAuthority, newTokenKeys } from './certificates.ts'
import type { PemKeyPair } from './certificates.ts'
import type { Daemon } from './daemon.ts'
import { startDaemon } from './daemon.ts'
import { httpsRequest } from './https-request.ts'
import type { HttpsAnswer } from './https-request.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import type { ToolPaths } from './tools.ts'

export const controlPlaneTools = ['testbed-init', 'etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const

/** Where things are in one control plane. The ports stay the same when a part is started again. */
export interface ControlPlane {
  readonly folder: string
  readonly tools: ToolPaths<(typeof controlPlaneTools)[number]>
  readonly address: string
  readonly ports: { readonly etcd: number; readonly etcdPeer: number; readonly apiServer: number; readonly controllerManager: number }
  readonly apiServerUrl: string
  readonly caFile: string
  readonly ca: string
  readonly admin: PemKeyPair
  /** That of the cluster admin. */
  readonly kubeconfig: string
}

/** Writes the certificates, keys and kubeconfig of a new control plane into `folder`; starts nothing. */
export async function prepareControlPlane(folder: string, claimed: ClaimedAddress, tools: ControlPlane['tools']): Promise<ControlPlane> {
  const { address } = claimed
  const [etcd = 0, etcdPeer = 0, apiServer = 0, controllerManager = 0] = await claimed.freePorts(4)
  const apiServerUrl = `https://${address}:${apiServer}`
  const caFile = join(folder, 'ca.crt')
  const kubeconfig = join(folder, 'kubeconfig')
  const authority = await newAuthority('testbed-ca')
  const admin = await authority.sign('O=system:masters, CN=kubernetes-admin')
  await mkdir(join(folder, 'logs'), { recursive: true })
  await writeFile(caFile, authority.certificate)
  await writeKeyPair(
    folder,
    'apiserver',
    await authority.sign('CN=kube-apiserver', [address, serviceAddress, 'localhost', 'kubernetes.default.svc']),
  )
  await writeKeyPair(folder, 'front-proxy', await authority.sign('CN=front-proxy-client'))
  const tokenKeys = newTokenKeys()
  await writeFile(join(folder, 'service-accounts.key'), tokenKeys.privateKey, { mode: 0o600 })
  await writeFile(join(folder, 'service-accounts.pub'), tokenKeys.publicKey)
  await writeKubeconfig(kubeconfig, {
    apiServerUrl,
    ca: authority.certificate,
    user: {
      'client-certificate-data': Buffer.from(admin.certificate).toString('base64'),
      'client-key-data': Buffer.from(admin.privateKey).toString('base64'),
    },
  })
  const ports = { etcd, etcdPeer, apiServer, controllerManager }
  return { folder, tools, address, ports, apiServerUrl, caFile, ca: authority.certificate, admin, kubeconfig }
}

// The first address of the Service range, which the API server gives to `kubernetes.default`.
const serviceRange = '10.96.0.0/16'
const serviceAddress = '10.96.0.1'

async function writeKeyPair(folder: string, name: string, pair: PemKeyPair): Promise<void> {
  await writeFile(join(folder, `${name}.crt`), pair.certificate)
  await writeFile(join(folder, `${name}.key`), pair.privateKey, { mode: 0o600 })
}

/** Where etcd keeps its data. */
export function etcdFolder({ folder }: Pick<ControlPlane, 'folder'>): string {
  return join(folder, 'etcd')
}

/** Starts etcd. Nothing of it has to survive the machine, so it never waits for the disk. */
export function startEtcd(plane: ControlPlane): Promise<Daemon> {
  const client = `http://${plane.address}:${plane.ports.etcd}`
  const peer = `http://${plane.address}:${plane.ports.etcdPeer}`
  return startDaemon({
    name: 'etcd',
    logFile: join(plane.folder, 'logs', 'etcd.log'),
    command: [
      plane.tools.etcd,
      `--data-dir=${etcdFolder(plane)}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    isReady: async () => (await fetch(`${client}/readyz`)).ok,
  })
}

/** Starts the API server: RBAC, admission as by default, no cloud, no audit, and no limit on how much a test may ask at once. */
export function startApiServer(plane: ControlPlane): Promise<Daemon> {
  const file = (name: string): string => join(plane.folder, name)
  return startDaemon({
    name: 'kube-apiserver',
    logFile: file('logs/kube-apiserver.log'),
    command: [
      plane.tools['kube-apiserver'],
      `--etcd-servers=http://${plane.address}:${plane.ports.etcd}`,
      `--bind-address=${plane.address}`,
      `--advertise-address=${plane.address}`,
      `--secure-port=${plane.ports.apiServer}`,
      `--tls-cert-file=${file('apiserver.crt')}`,
      `--tls-private-key-file=${file('apiserver.key')}`,
      `--client-ca-file=${plane.caFile}`,
      '--authorization-mode=RBAC',
      `--service-cluster-ip-range=${serviceRange}`,
      // The endpoint of `kubernetes.default` would be a loopback address, which is not allowed.
      '--endpoint-reconciler-type=none',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${file('service-accounts.pub')}`,
      `--service-account-signing-key-file=${file('service-accounts.key')}`,
      `--requestheader-client-ca-file=${plane.caFile}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${file('front-proxy.crt')}`,
      `--proxy-client-key-file=${file('front-proxy.key')}`,
      // No kube-proxy runs here: aggregated servers and webhooks are called at the addresses of their EndpointSlices.
      '--enable-aggregator-routing=true',
      '--max-requests-inflight=4000',
      '--max-mutating-requests-inflight=2000',
      '--profiling=false',
    ],
    // It collects garbage for a fifth of the time that it takes to start; this costs 130 MB instead.
    env: { GOGC: '400' },
    isReady: async () => (await requestAsAdmin(plane, '/readyz')).status === 200,
  })
}

/** Starts the controllers that make an API server feel like a cluster: namespaces go away, garbage is collected, accounts exist. */
export function startControllerManager(plane: ControlPlane): Promise<Daemon> {
  const controllers = [
    'serviceaccount-controller',
    'serviceaccount-token-controller',
    'namespace-controller',
    'garbage-collector-controller',
    'clusterrole-aggregation-controller',
    'endpointslice-controller',
    'resourcequota-controller',
    'root-ca-certificate-publisher-controller',
  ]
  return startDaemon({
    name: 'kube-controller-manager',
    logFile: join(plane.folder, 'logs', 'kube-controller-manager.log'),
    command: [
      plane.tools['kube-controller-manager'],
      `--kubeconfig=${plane.kubeconfig}`,
      `--controllers=${controllers.join(',')}`,
      `--service-account-private-key-file=${join(plane.folder, 'service-accounts.key')}`,
      `--root-ca-file=${plane.caFile}`,
      '--use-service-account-credentials',
      '--leader-elect=false',
      `--bind-address=${plane.address}`,
      `--secure-port=${plane.ports.controllerManager}`,
      '--kube-api-qps=1000',
      '--kube-api-burst=2000',
      '--profiling=false',
    ],
    // Pods aside, the first thing that tests miss on a cluster that is too young is the account.
    isReady: async () => (await requestAsAdmin(plane, '/api/v1/namespaces/default/serviceaccounts/default')).status === 200,
  })
}

export interface AdminRequest {
  /** Default: GET, or POST where there is something to send. */
  readonly method?: 'GET' | 'POST' | 'PATCH'
  /** Sent as JSON. */
  readonly send?: object
  /** Default: application/json. */
  readonly contentType?: string
}

/** One request to the API server as the cluster admin: a fraction of the work that it takes to start a kubectl. */
export function requestAsAdmin(plane: ControlPlane, path: string, { send, ...request }: AdminRequest = {}): Promise<HttpsAnswer> {
  const { method = send === undefined ? 'GET' : 'POST', contentType = 'application/json' } = request
  return httpsRequest(`${plane.apiServerUrl}${path}`, {
    ca: plane.ca,
    cert: plane.admin.certificate,
    key: plane.admin.privateKey,
    timeout: 30_000,
    method,
    ...(send === undefined ? {} : { body: JSON.stringify(send), headers: { 'content-type': contentType } }),
  })
}
