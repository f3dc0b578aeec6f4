import { join } from 'node:path'
import { bundleInto } from '../../scripts/bundle.ts'
import type { AcmeServer } from '../testbed/acme-server.ts'
import type { Daemon } from '../testbed/daemon.ts'
import { startDaemon } from '../testbed/daemon.ts'
import type { Nameserver } from '../testbed/nameserver.ts'
import { installGatewayApi } from '../testbed/ingress-controller.ts'
import { mayStartPods } from '../testbed/may-start-pods.ts'
import { startOperator } from '../testbed/operator.ts'
import type { Podlet } from '../testbed/podlet.ts'
import { startPodlet } from '../testbed/podlet.ts'
import type { Testbed } from '../testbed/testbed.ts'
import { startTestbed } from '../testbed/testbed.ts'
import { untilGarbageIsCollected } from './garbage-collection.ts'
import { startIngressNginx } from './ingress-nginx.ts'
import type { Programs, SampleExternalIssuer } from './programs.ts'
import { startSampleWebhook } from './sample-webhook.ts'

/** Everything that the suite talks to, running. */
export interface Stage {
  readonly testbed: Testbed
  readonly acme: AcmeServer
  /** Every name leads to the ingress, but for those of the zone that takes updates. */
  readonly nameserver: Nameserver
  /** Puts an operator in the place of the first one that answers every HTTP-01 challenge by a pod, and a node that runs these pods. */
  readonly startSolverPods: () => Promise<void>
  /** Where Ingresses are served, and the Gateway, on ports 80 and 443. */
  readonly ingressAddress: string
  /** Ends everything; the folder with the logs stays. */
  readonly stop: () => Promise<void>
}

/** What the suite has been written to find: names, keys and profiles are its own. */
const expected = {
  externalIssuerNamespace: 'sample-external-issuer-system',
  gateway: { namespace: 'kgateway-system', name: 'acmesolver' },
  webhookZone: 'example.com',
  updatedZone: 'dns01.example.com',
  eabKeys: { 'kid-1': 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W' },
  // Each is called as long as its certificates are valid, in hours.
  profiles: { '123h': 123 * 3_600, '456h': 456 * 3_600 },
  blockedDomain: 'google.com',
} as const

/** Starts a testbed and on it the operator with the settings that the suite presumes. */
export async function startStage(programs: Programs): Promise<Stage> {
  const testbed = await startTestbed({ name: 'conformance', keepFolder: true, installed: 'operator' })
  try {
    return await furnish(testbed, programs)
  } catch (error) {
    await testbed.stop()
    throw error
  }
}

async function furnish(testbed: Testbed, programs: Programs): Promise<Stage> {
  await installGatewayApi(testbed)
  await testbed.apply([expected.externalIssuerNamespace, expected.gateway.namespace].map(namespace).join('\n---\n'))
  const ingress = await startIngressNginx(testbed, expected.gateway)
  const { address: ingressAddress } = ingress
  const nameserver = await testbed.startNameserver({
    zones: {
      '.': { updates: [], records: [`* A ${ingressAddress}`] },
      // Solvers look for the zone of a name, and the root is none.
      [expected.webhookZone]: { updates: [], records: [`@ A ${ingressAddress}`, `* A ${ingressAddress}`] },
      [expected.updatedZone]: { updates: 'anybody' },
    },
  })
  const acme = await testbed.startAcme({
    dnsServer: nameserver.server,
    program: programs.pebble,
    strict: false,
    eabKeys: expected.eabKeys,
    eabRequired: false,
    profiles: expected.profiles,
    // For the suite, what a CSR has as its common name is that of the certificate.
    promoteCommonName: true,
    domainBlocklist: [expected.blockedDomain],
    retryAfter: { authz: 3, order: 5 },
  })
  const { sampleExternalIssuer, sampleWebhook } = programs
  const externalIssuer = sampleExternalIssuer === undefined ? undefined : await startExternalIssuer(testbed, sampleExternalIssuer)
  const webhook = sampleWebhook === undefined ? undefined : await startSampleWebhook(testbed, sampleWebhook)
  await untilGarbageIsCollected(testbed)
  const flags = operatorFlags(nameserver.server)
  const program = await bundledOperator(testbed)
  let operator = await startOperator(testbed, { flags, entry: program })
  let podlet: Podlet | undefined
  const startSolverPods = async (): Promise<void> => {
    await testbed.apply(JSON.stringify(mayStartPods))
    podlet = await startPodlet(testbed, { program, pullMs: imagePullMs })
    await operator.stop()
    operator = await startOperator(testbed, { flags: [...flags, '--acme-http01-solver-pods=always'], entry: program })
  }
  const stop = async (): Promise<void> => {
    await operator.stop()
    await podlet?.[Symbol.asyncDispose]()
    await externalIssuer?.stop()
    await webhook?.stop()
    await ingress.daemon.stop()
    await testbed.stop()
  }
  return { testbed, acme, nameserver, startSolverPods, ingressAddress, stop }
}

/** As in the image. */
async function bundledOperator(testbed: Testbed): Promise<string> {
  const folder = join(testbed.folder, 'operator')
  await bundleInto(folder)
  return join(folder, 'main.mjs')
}

/** The suite looks for a pod once a second, and deletes it before it may have answered. On a real node, too, a pod takes that long. */
const imagePullMs = 2_000

function operatorFlags(dnsServer: string): readonly string[] {
  return [
    `--acme-http01-solver-nameservers=${dnsServer}`,
    `--dns01-recursive-nameservers=${dnsServer}`,
    '--dns01-recursive-nameservers-only',
    '--enable-gateway-api',
    '--enable-gateway-api-listenerset',
    '--gateway-api-extra-protocols=DTLS',
    `--feature-gates=${featureGates}`,
  ]
}

/** For the suite and for the operator: what is beyond the incumbent's defaults. */
export const featureGates = [
  'ACMEUseARI',
  'ExperimentalCertificateSigningRequestControllers',
  'ExperimentalGatewayAPISupport',
  'ListenerSets',
  'LiteralCertificateSubject',
  'OtherNames',
  'ServerSideApply',
]
  .map((gate) => `${gate}=true`)
  .join(',')

async function startExternalIssuer(testbed: Testbed, { program, crds }: SampleExternalIssuer): Promise<Daemon> {
  const installed = await testbed.kubectl(['apply', '--server-side', '-f', crds])
  if (installed.code !== 0) throw new Error(`installing the kinds of the external issuer failed: ${installed.stderr}`)
  const { address, freePorts } = await testbed.claimPodAddress()
  const [health = 0] = await freePorts(1)
  await testbed.apply(JSON.stringify(mayApproveForExternal))
  return startDaemon({
    name: 'sample-external-issuer',
    logFile: join(testbed.folder, 'logs', 'sample-external-issuer.log'),
    env: { KUBECONFIG: testbed.kubeconfig },
    command: [
      program,
      `-cluster-resource-namespace=${expected.externalIssuerNamespace}`,
      '-metrics-bind-address=0',
      `-health-probe-bind-address=${address}:${health}`,
    ],
    isReady: async () => (await fetch(`http://${address}:${health}/healthz`)).status < 500,
  })
}

// Whose issuers the operator may approve for is the admin's decision; the issuer's own manifests grant this to the incumbent.
const mayApproveForExternal = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'approve-sample-external-issuer' },
      rules: [
        {
          apiGroups: ['cert-manager.io'],
          resources: ['signers'],
          verbs: ['approve'],
          resourceNames: ['issuers.sample-issuer.example.com/*', 'clusterissuers.sample-issuer.example.com/*'],
        },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'approve-sample-external-issuer' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'approve-sample-external-issuer' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'cert-manager', name: 'certwright' }],
    },
  ],
}

function namespace(name: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
}
