import { annotation } from '../crds/annotations.ts'
import type { ObjectName } from '../crds/resource.ts'
import { HOUR, SECOND } from '../lib/instant.ts'
import { defaultPemLimits, type PemLimits } from '../pki/pem.ts'
import { parseServerAddress } from '../dns/server-address.ts'
import type { ServerAddress } from '../dns/server-address.ts'
import { serviceTypes } from '../solvers/http01/service-type.ts'
import { readConfigurationFile, type FileSettings } from './configuration-file.ts'
import { featureGates, unknownGates } from './feature-gates.ts'
import { count, duration, labels, list, onOff, oneOf, parseFlags, quantity, text } from './flags.ts'
import type { Flag } from './flags.ts'

const dnsServers: Flag<readonly ServerAddress[]> = {
  fallback: [],
  parse: (value) => {
    const texts = value.split(',').filter((text) => text.trim() !== '')
    const servers = texts.flatMap((text) => parseServerAddress(text) ?? [])
    return servers.length === texts.length ? servers : undefined
  },
}

const service: Flag<string> = {
  fallback: '',
  parse: (value) => (value === '' || /^[a-z0-9-]+\/[a-z0-9-]+$/.test(value) ? value : undefined),
}

const flags = {
  config: text(''),
  kubeconfig: text(''),
  namespace: text(''),
  'cluster-resource-namespace': text('kube-system'),
  'leader-elect': onOff(true),
  'leader-election-namespace': text('kube-system'),
  'leader-election-lease-duration': duration(15 * SECOND),
  'leader-election-renew-deadline': duration(10 * SECOND),
  'leader-election-retry-period': duration(2 * SECOND),
  controllers: list(['*']),
  'feature-gates': featureGates,
  'concurrent-workers': count(32),
  'metrics-listen-address': text('0.0.0.0:9402'),
  'healthz-listen-address': text('0.0.0.0:9403'),
  'http01-listen-address': text('0.0.0.0:8089'),
  'http01-advertise-address': text(''),
  'replicas-service': service,
  'tls-alpn01-listen-address': text('0.0.0.0:8090'),
  'acme-http01-solver-nameservers': list([]),
  'acme-http01-solver-extra-labels': labels({}),
  'acme-http01-solver-service-type': oneOf(serviceTypes, 'NodePort'),
  'acme-http01-solver-pods': oneOf(['never', 'on-request', 'always'], 'on-request'),
  'acme-http01-solver-image': text(''),
  'acme-http01-solver-resource-request-cpu': quantity('10m'),
  'acme-http01-solver-resource-request-memory': quantity('64Mi'),
  'acme-http01-solver-resource-limits-cpu': quantity('100m'),
  'acme-http01-solver-resource-limits-memory': quantity('64Mi'),
  'acme-http01-solver-run-as-non-root': onOff(true),
  'acme-http01-solver-runtime-class-name': text(''),
  'dns01-recursive-nameservers': dnsServers,
  'dns01-recursive-nameservers-only': onOff(false),
  'dns01-check-retry-period': duration(10 * SECOND),
  'issuer-ambient-credentials': onOff(false),
  'cluster-issuer-ambient-credentials': onOff(true),
  'enable-certificate-owner-ref': onOff(false),
  'default-issuer-name': text(''),
  'default-issuer-kind': text('Issuer'),
  'default-issuer-group': text('cert-manager.io'),
  'auto-certificate-annotations': list([annotation.tlsAcme]),
  'extra-certificate-annotations': list([]),
  'enable-gateway-api': onOff(true),
  'enable-gateway-api-listenerset': onOff(false),
  'gateway-api-extra-protocols': list([]),
  'enable-certificates-data-source': onOff(true),
  'ignore-namespaces': list([]),
  'enable-validatingwebhookconfigurations-injectable': onOff(true),
  'enable-mutatingwebhookconfigurations-injectable': onOff(true),
  'enable-apiservices-injectable': onOff(true),
  'enable-customresourcedefinitions-injectable': onOff(true),
  'copied-annotation-prefixes': list(['*', '-kubectl.kubernetes.io/', '-fluxcd.io/', '-argocd.argoproj.io/']),
  'certificate-request-minimum-backoff-duration': duration(HOUR),
  'certificate-request-maximum-backoff-duration': duration(32 * HOUR),
  'max-certificate-size': count(defaultPemLimits.certificate.maxBytes),
  'max-private-key-size': count(defaultPemLimits.privateKey.maxBytes),
  'max-certificate-chain-length': count(defaultPemLimits.chain.maxBytes),
  'max-certificate-bundle-size': count(defaultPemLimits.bundle.maxBytes),
  v: count(2),
  'logging-format': oneOf(['json', 'text'], 'json'),
} as const

/** Flags of the incumbent that have no meaning here: there is nothing to configure, so they are accepted without a word. */
const meaningless = new Set([
  '--kube-api-qps',
  '--kube-api-burst',
  '--max-concurrent-challenges',
  '--enable-profiling',
  '--profiler-address',
  '--log-flush-frequency',
])

export type Options = ReturnType<typeof parseFlags<typeof flags>>['values'] & {
  /** The pod, from the downward API; the process's own where there is none. */
  readonly identity: string
  readonly podIp: string
}

export type OptionsReading =
  | { readonly kind: 'ok'; readonly options: Options; readonly ignored: readonly string[] }
  | { readonly kind: 'invalid'; readonly why: string }

/** The same as `readOptions`, with the configuration file that the arguments name, if they name one. */
export async function loadOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  processId: number,
): Promise<OptionsReading> {
  const path = parseFlags({ config: flags.config }, args).values.config
  if (path === '') return readOptions(args, environment, processId)
  const file = await readConfigurationFile(path, flags)
  return file.kind === 'invalid'
    ? { kind: 'invalid', why: `--config=${path}: ${file.why}` }
    : readOptions(args, environment, processId, file)
}

const noFile: FileSettings = { values: new Map(), ignored: [] }

/** Reads the arguments and the few environment variables that the chart sets (POD_NAME, POD_IP). Arguments win over the file. */
export function readOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  processId: number,
  file: FileSettings = noFile,
): OptionsReading {
  const { values, unknown, invalid } = parseFlags(flags, args, file.values)
  if (invalid.length > 0) return { kind: 'invalid', why: `cannot read ${invalid.join(', ')}` }
  const problem = addressProblem(values) ?? sizeProblem(values)
  if (problem !== undefined) return { kind: 'invalid', why: problem }
  const options = {
    ...values,
    identity: `${environment['POD_NAME'] ?? environment['HOSTNAME'] ?? 'certwright'}-${processId}`,
    podIp: values['http01-advertise-address'] || (environment['POD_IP'] ?? ''),
  }
  const gates = unknownGates(values['feature-gates']).map((name) => `--feature-gates=${name}`)
  const fields = file.ignored.map((field) => `${field} in ${values.config}`)
  return { kind: 'ok', options, ignored: [...unknown.filter((flag) => !meaningless.has(flag)), ...gates, ...fields] }
}

/** The Service in front of all replicas; undefined: none is known. */
export function replicasService(options: Options): ObjectName | undefined {
  const [namespace, name] = options['replicas-service'].split('/')
  return namespace === undefined || name === undefined ? undefined : { namespace, name }
}

const listeners = ['metrics-listen-address', 'healthz-listen-address', 'http01-listen-address', 'tls-alpn01-listen-address'] as const

/** The flags that say where something is listened for. */
export type ListenFlag = (typeof listeners)[number]

function addressProblem(values: Readonly<Record<ListenFlag, string>>): string | undefined {
  for (const name of listeners) {
    if (parseAddress(values[name]) === undefined) return `--${name}=${values[name]}: give host:port, or 0 to switch it off`
  }
  return undefined
}

type Sizes = {
  readonly [K in 'max-certificate-size' | 'max-private-key-size' | 'max-certificate-chain-length' | 'max-certificate-bundle-size']: number
}

/** A certificate that may be larger than a bundle of them is a mix-up. */
function sizeProblem(values: Sizes): string | undefined {
  for (const name of [
    'max-certificate-size',
    'max-private-key-size',
    'max-certificate-chain-length',
    'max-certificate-bundle-size',
  ] as const) {
    if (values[name] === 0) return `--${name}=0: give a number of bytes`
  }
  for (const name of ['max-certificate-size', 'max-certificate-chain-length'] as const) {
    if (values[name] > values['max-certificate-bundle-size'])
      return `--${name}=${values[name]} is more than --max-certificate-bundle-size=${values['max-certificate-bundle-size']}`
  }
  return undefined
}

/** The bounds on PEM that the flags give. */
export function pemLimitsOf(sizes: Sizes): PemLimits {
  return {
    certificate: { maxBytes: sizes['max-certificate-size'] },
    privateKey: { maxBytes: sizes['max-private-key-size'] },
    chain: { maxBytes: sizes['max-certificate-chain-length'] },
    bundle: { maxBytes: sizes['max-certificate-bundle-size'] },
  }
}

export type Address =
  | { readonly kind: 'off' }
  | { readonly kind: 'on'; /** undefined: every address, of both families */ readonly host: string | undefined; readonly port: number }

/** Reads `host:port`, `[v6]:port` or `:port`; `0` switches a listener off. */
export function parseAddress(address: string): Address | undefined {
  if (address === '0' || address === '') return { kind: 'off' }
  const match = /^(?:\[([0-9a-f:]+)\]|([^:]*)):(\d{1,5})$/i.exec(address)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) return undefined
  const host = match[1] ?? match[2] ?? ''
  // Kubernetes programs mean every address by 0.0.0.0, also in a cluster that has IPv6 only.
  return { kind: 'on', host: host === '' || host === '0.0.0.0' ? undefined : host, port }
}
