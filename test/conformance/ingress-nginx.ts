import { join } from 'node:path'
import type { Daemon } from '../testbed/daemon.ts'
import { startDaemon } from '../testbed/daemon.ts'
import type { Testbed } from '../testbed/testbed.ts'
import { className as gatewayClassName } from '../testbed/ingress-controller.ts'
import { ensureTools } from '../testbed/toolchain.ts'

/**
 * Starts Traefik in the manners of ingress-nginx, for which the suite was written: the class is called `nginx`, an Ingress without
 * a class is served too, and one with TLS redirects to HTTPS. It serves at `address`, on ports 80 and 443, and there too the Gateway
 * whose name is given, for which the kinds of the Gateway API must be installed.
 */
export async function startIngressNginx(
  testbed: Testbed,
  gateway: { readonly namespace: string; readonly name: string },
): Promise<{ readonly address: string; readonly daemon: Daemon }> {
  const { traefik } = await ensureTools(['traefik'])
  const { address, freePorts } = await testbed.claimPodAddress()
  const [pingPort = 0] = await freePorts(1)
  await testbed.apply([ingressClass, gatewayFor(gateway)].map((object) => JSON.stringify(object)).join('\n---\n'))
  const daemon = await startDaemon({
    name: 'traefik',
    logFile: join(testbed.folder, 'logs', 'traefik.log'),
    env: { KUBECONFIG: testbed.kubeconfig },
    command: [
      traefik,
      '--global.checknewversion=false',
      '--global.sendanonymoususage=false',
      '--log.level=INFO',
      '--log.nocolor=true',
      `--accesslog.filepath=${join(testbed.folder, 'logs', 'traefik-access.log')}`,
      `--entrypoints.web.address=${address}:80`,
      `--entrypoints.websecure.address=${address}:443`,
      '--entrypoints.websecure.http.tls=true',
      `--entrypoints.ping.address=${address}:${pingPort}`,
      '--ping.entrypoint=ping',
      '--providers.providersthrottleduration=50ms',
      '--providers.kubernetesingressnginx=true',
      '--providers.kubernetesingressnginx.watchingresswithoutclass=true',
      '--providers.kubernetesingressnginx.throttleduration=50ms',
      '--providers.kubernetesgateway=true',
      '--providers.kubernetesgateway.experimentalchannel=true',
      '--providers.kubernetesgateway.throttleduration=50ms',
    ],
    isReady: async () => (await fetch(`http://${address}:${pingPort}/ping`)).ok,
  })
  return { address, daemon }
}

function gatewayFor(metadata: { readonly namespace: string; readonly name: string }): object {
  const listener = { name: 'http', protocol: 'HTTP', port: 80, allowedRoutes: { namespaces: { from: 'All' } } }
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata,
    spec: { gatewayClassName, listeners: [listener] },
  }
}

const ingressClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'nginx' },
  spec: { controller: 'k8s.io/ingress-nginx' },
}
