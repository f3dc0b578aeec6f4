import { join } from 'node:path'
import type { ClaimedAddress } from './addresses.ts'
import { startDaemon } from './daemon.ts'
import type { KubectlResult } from './kubectl.ts'
import type { Teardown } from './teardown.ts'
import { startPart } from './teardown.ts'
import { ensureTools } from './toolchain.ts'

export interface IngressControllerOptions {
  /** Installs the CRDs of the Gateway API and serves Gateways of the GatewayClass `traefik` too; their listeners may use the ports 80 and 443. */
  readonly gatewayApi?: boolean
  /** Installs the CRDs of Traefik and serves them too; connections for acme-tls/1 are left to its routes. */
  readonly ownKinds?: boolean
}

/** Traefik, which serves the cluster's Ingresses of its class. */
export interface IngressController {
  /** Where it listens; reachable from everything in the network namespace of the tests. */
  readonly address: string
  readonly httpPort: number
  readonly httpsPort: number
  /** The name of the IngressClass, which exists. */
  readonly className: string
  readonly logFile: string
  /** One line per request that it has served. */
  readonly accessLogFile: string
}

export interface IngressSite {
  readonly folder: string
  /** That of the cluster admin. */
  readonly kubeconfig: string
  readonly kubectl: (args: readonly string[]) => Promise<KubectlResult>
  readonly apply: (manifests: string) => Promise<void>
  readonly claimed: ClaimedAddress
  readonly teardown: Teardown
}

/** Of Ingresses and of Gateways. */
export const className = 'traefik'
const httpPort = 80
const httpsPort = 443

/** Starts Traefik and creates its IngressClass. An Ingress is served a moment after it was written. */
export async function startIngressController(site: IngressSite, options: IngressControllerOptions): Promise<IngressController> {
  const { traefik } = await ensureTools(['traefik'])
  const { address } = site.claimed
  const [pingPort = 0] = await site.claimed.freePorts(1)
  const logFile = join(site.folder, 'logs', 'traefik.log')
  const accessLogFile = join(site.folder, 'logs', 'traefik-access.log')
  await site.apply(JSON.stringify(ingressClass))
  if (options.gatewayApi === true) await installGatewayApi(site)
  if (options.ownKinds === true) await installKinds(site, 'traefik-crds.yaml')
  const starting = startDaemon({
    name: 'traefik',
    logFile,
    env: { KUBECONFIG: site.kubeconfig },
    command: [
      traefik,
      '--global.checknewversion=false',
      '--global.sendanonymoususage=false',
      '--log.level=INFO',
      '--log.nocolor=true',
      `--accesslog.filepath=${accessLogFile}`,
      `--entrypoints.web.address=${address}:${httpPort}`,
      `--entrypoints.websecure.address=${address}:${httpsPort}`,
      // An Ingress without a `tls` section is served on both ports, as by most controllers.
      '--entrypoints.websecure.http.tls=true',
      `--entrypoints.ping.address=${address}:${pingPort}`,
      '--ping.entrypoint=ping',
      // The default lets a change wait for two seconds.
      '--providers.providersthrottleduration=50ms',
      '--providers.kubernetesingress=true',
      `--providers.kubernetesingress.ingressclass=${className}`,
      // No ingressEndpoint: it writes each Ingress's status one by one, at five a second, before it serves any of them.
      '--providers.kubernetesingress.throttleduration=50ms',
      ...(options.gatewayApi === true ? gatewayFlags(address) : []),
      ...(options.ownKinds === true ? ['--providers.kubernetescrd=true', '--entrypoints.websecure.allowacmebypass=true'] : []),
    ],
    isReady: async () => (await fetch(`http://${address}:${pingPort}/ping`)).ok,
  })
  await startPart(site.teardown, starting)
  return { address, httpPort, httpsPort, className, logFile, accessLogFile }
}

function gatewayFlags(address: string): readonly string[] {
  return [
    '--providers.kubernetesgateway=true',
    '--providers.kubernetesgateway.experimentalchannel=true',
    `--providers.kubernetesgateway.statusaddress.ip=${address}`,
    '--providers.kubernetesgateway.throttleduration=50ms',
  ]
}

/** Installs the kinds of the Gateway API and the GatewayClass of Traefik. */
export async function installGatewayApi(site: Pick<IngressSite, 'kubectl' | 'apply'>): Promise<void> {
  await installKinds(site, 'gateway-api.yaml')
  await site.apply(JSON.stringify(gatewayClass))
}

async function installKinds({ kubectl }: Pick<IngressSite, 'kubectl'>, name: 'gateway-api.yaml' | 'traefik-crds.yaml'): Promise<void> {
  const { [name]: file } = await ensureTools([name])
  const installed = await kubectl(['apply', '--server-side', '-f', file])
  if (installed.code !== 0) throw new Error(`installing ${name} failed: ${installed.stderr}`)
  const served = await kubectl(['wait', '--for=condition=Established', '--timeout=120s', '-f', file])
  if (served.code !== 0) throw new Error(`the kinds of ${name} are not served: ${served.stderr}`)
}

const gatewayClass = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name: className },
  spec: { controllerName: 'traefik.io/gateway-controller' },
}

const ingressClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: className },
  spec: { controller: 'traefik.io/ingress-controller' },
}
