import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AcmeOptions, AcmeServer } from './acme-server.ts'
import { startAcme } from './acme-server.ts'
import { untilPoliciesWork } from './admission.ts'
import type { ClaimedAddress } from './addresses.ts'
import { claimLoopbackAddress, claimPodAddress, isInNamespace } from './addresses.ts'
import type { AdminRequest, ControlPlane } from './control-plane.ts'
import { controlPlaneTools, prepareControlPlane, requestAsAdmin } from './control-plane.ts'
import type { HttpsAnswer } from './https-request.ts'
import type { IngressController, IngressControllerOptions } from './ingress-controller.ts'
import { startIngressController } from './ingress-controller.ts'
import type { KubectlOptions, KubectlResult } from './kubectl.ts'
import { runKubectl } from './kubectl.ts'
import type { Nameserver, NameserverOptions } from './nameserver.ts'
import { startNameserver } from './nameserver.ts'
import { installBeforehand, type Installed } from './ready-made-etcd.ts'
import { runControlPlane } from './run-control-plane.ts'
import { kubeconfigForServiceAccount } from './service-account.ts'
import { startStepCa } from './step-ca.ts'
import type { StepCa, StepCaOptions } from './step-ca.ts'
import type { Restartable, Teardown } from './teardown.ts'
import { newTeardown } from './teardown.ts'
import { ensureTools } from './toolchain.ts'

export interface TestbedOptions {
  /** Part of the folder's name, to recognize it. */
  readonly name?: string
  /** Whether the folder with the logs stays when the testbed is stopped. */
  readonly keepFolder?: boolean
  /** Default: nothing, as in a cluster that was just made. */
  readonly installed?: Installed
}

/** A real control plane of its own: etcd, kube-apiserver and kube-controller-manager. Several may run at once. */
export interface Testbed extends AsyncDisposable {
  /** Logs, certificates, kubeconfigs and the data of etcd. */
  readonly folder: string
  /** That of the cluster admin. */
  readonly kubeconfig: string
  readonly apiServerUrl: string
  readonly caFile: string
  /** Runs kubectl, as the cluster admin unless told otherwise. Never throws; look at `code`. */
  readonly kubectl: (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>
  /** `kubectl apply --server-side` of manifests (YAML or JSON). Throws with what kubectl said. */
  readonly apply: (manifests: string) => Promise<void>
  /** One request to the API server as the cluster admin, where the answer itself matters or there are hundreds. Throws only when there is none. */
  readonly request: (path: string, request?: AdminRequest) => Promise<HttpsAnswer>
  /**
   * A kubeconfig for an existing ServiceAccount. Its token is in a file beside it (`<kubeconfig>.token`), named by `tokenFile`,
   * so that a test can replace it while a client runs.
   */
  readonly kubeconfigFor: (serviceAccount: { readonly namespace: string; readonly name: string }) => Promise<string>
  /** Ends the API server and waits until it is gone. The rest keeps running. */
  readonly stopApiServer: (signal?: NodeJS.Signals) => Promise<void>
  /** Starts it again on the same address with the same objects, and waits until it is ready. */
  readonly startApiServer: () => Promise<void>
  readonly restartApiServer: (options?: { readonly downForMs?: number; readonly signal?: 'SIGTERM' | 'SIGKILL' }) => Promise<void>
  /** Starts Pebble, an ACME CA, with a DNS of its own. May be called several times, for several CAs. */
  readonly startAcme: (options?: AcmeOptions) => Promise<AcmeServer>
  /** Starts step-ca, a private CA that speaks ACME. */
  readonly startStepCa: (options: StepCaOptions) => Promise<StepCa>
  /** Starts Traefik. A second call returns the same one, whatever its options. Only within the network namespace of the tests. */
  readonly startIngressController: (options?: IngressControllerOptions) => Promise<IngressController>
  /** Starts BIND on an address of its own. May be called several times. Only within the network namespace of the tests. */
  readonly startNameserver: (options: NameserverOptions) => Promise<Nameserver>
  /** An address that an EndpointSlice may name, for a server of the test's own. Only within the network namespace of the tests. */
  readonly claimPodAddress: () => Promise<ClaimedAddress>
  /** Keeps the folder when the testbed is stopped, for instance because a test failed. */
  readonly keepFolder: () => void
  /** Ends everything that was started here, waits until it is gone, and removes the folder. May be called twice. */
  readonly stop: () => Promise<void>
}

/** Starts a testbed; takes about 5 seconds. Throws with the end of the log of the program that would not start. */
export async function startTestbed(options: TestbedOptions = {}): Promise<Testbed> {
  const tools = await ensureTools(controlPlaneTools)
  const claimed = await claimLoopbackAddress()
  const folder = await mkdtemp(join(tmpdir(), `certwright-testbed-${process.pid}-${options.name ?? 'unnamed'}-`))
  const teardown = newTeardown(folder, options.keepFolder ?? false)
  releasedWith(teardown, claimed)
  try {
    const plane = await prepareControlPlane(folder, claimed, tools)
    await installBeforehand(plane, options.installed ?? 'nothing')
    const { apiServer } = await runControlPlane(plane, teardown)
    if (options.installed === 'operator') await untilPoliciesWork(plane)
    return testbedOf(plane, { claimed, apiServer, teardown })
  } catch (error) {
    // What is left to read is in the message.
    await teardown.run()
    throw error
  }
}

interface Parts {
  readonly claimed: ClaimedAddress
  readonly apiServer: Restartable
  readonly teardown: Teardown
}

function testbedOf(plane: ControlPlane, parts: Parts): Testbed {
  const { apiServer, teardown } = parts
  const { folder, kubeconfig, apiServerUrl, caFile } = plane
  const kubectl: Testbed['kubectl'] = (args, options = {}) => runKubectl(plane.tools.kubectl, kubeconfig, args, options)
  const apply: Testbed['apply'] = async (manifests) => {
    const { code, stderr } = await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input: manifests })
    if (code !== 0) throw new Error(`kubectl apply failed: ${stderr}`)
  }
  return {
    folder,
    kubeconfig,
    apiServerUrl,
    caFile,
    kubectl,
    apply,
    request: (path, request) => requestAsAdmin(plane, path, request),
    kubeconfigFor: (serviceAccount) => kubeconfigForServiceAccount(plane, serviceAccount),
    stopApiServer: apiServer.stop,
    startApiServer: apiServer.start,
    restartApiServer: async ({ downForMs = 0, signal } = {}) => {
      await apiServer.stop(signal)
      await sleep(downForMs)
      await apiServer.start()
    },
    ...edgeOf(plane, parts, { kubectl, apply }),
    keepFolder: teardown.keepFolder,
    stop: teardown.run,
    [Symbol.asyncDispose]: teardown.run,
  }
}

/** What stands between the cluster and the world: the CAs outside and the way in. They share one address for challenges. */
function edgeOf(plane: ControlPlane, { claimed, teardown }: Parts, { kubectl, apply }: Pick<Testbed, 'kubectl' | 'apply'>): Edge {
  const { folder, kubeconfig } = plane
  let acmeServers = 0
  let nameservers = 0
  let ingressAddress: Promise<ClaimedAddress> | undefined
  let ingressController: Promise<IngressController> | undefined
  const claim = async (): Promise<ClaimedAddress> => releasedWith(teardown, await claimPodAddress())
  const claimOnce = (): Promise<ClaimedAddress> => (ingressAddress ??= claim())
  return {
    claimPodAddress: claim,
    startNameserver: async (options) => {
      nameservers += 1
      return startNameserver({ folder, claimed: await claim(), teardown }, `bind-${nameservers}`, options)
    },
    startAcme: async (options = {}) => {
      const { address } = isInNamespace() ? await claimOnce() : claimed
      acmeServers += 1
      return startAcme({ folder, claimed, teardown, ingressAddress: address }, `pebble-${acmeServers}`, options)
    },
    startStepCa: (options) => startStepCa({ folder, claimed, teardown }, options),
    startIngressController: (options = {}) => {
      const start = async (): Promise<IngressController> =>
        startIngressController({ folder, kubeconfig, kubectl, apply, claimed: await claimOnce(), teardown }, options)
      return (ingressController ??= start())
    },
  }
}

type Edge = Pick<Testbed, 'startAcme' | 'startStepCa' | 'startIngressController' | 'startNameserver' | 'claimPodAddress'>

function releasedWith(teardown: Teardown, claimed: ClaimedAddress): ClaimedAddress {
  teardown.add(async () => claimed.release())
  return claimed
}
