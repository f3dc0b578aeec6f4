import { parseGoDuration } from '../lib/go-duration.ts'

/** One field of a `ControllerConfiguration`: the flag that means the same, and how its value is written for that flag. */
export interface ConfigurationField {
  readonly flag: string
  /** The text for the flag; empty: as if it were left out; undefined: the value is none of this sort. */
  readonly textOf: (value: unknown) => string | undefined
  /** What the value should have been. */
  readonly sort: string
}

/**
 * The fields of `controller.config.cert-manager.io/v1alpha1`, by their paths. A field stands here whether or not there is such a flag,
 * so that it is known; of two that mean the same, the later one wins.
 */
export const configurationFields: Readonly<Record<string, ConfigurationField>> = {
  kubeConfig: text('kubeconfig'),
  apiServerHost: text('master'),
  kubernetesAPIQPS: number('kube-api-qps'),
  kubernetesAPIBurst: number('kube-api-burst'),
  namespace: text('namespace'),
  clusterResourceNamespace: text('cluster-resource-namespace'),
  'leaderElectionConfig.enabled': onOff('leader-elect'),
  'leaderElectionConfig.namespace': text('leader-election-namespace'),
  'leaderElectionConfig.leaseDuration': duration('leader-election-lease-duration'),
  'leaderElectionConfig.renewDeadline': duration('leader-election-renew-deadline'),
  'leaderElectionConfig.retryPeriod': duration('leader-election-retry-period'),
  'leaderElectionConfig.healthzTimeout': duration('internal-healthz-leader-election-timeout'),
  controllers: list('controllers'),
  issuerAmbientCredentials: onOff('issuer-ambient-credentials'),
  clusterIssuerAmbientCredentials: onOff('cluster-issuer-ambient-credentials'),
  enableCertificateOwnerRef: onOff('enable-certificate-owner-ref'),
  enableGatewayAPI: onOff('enable-gateway-api'),
  enableGatewayAPIListenerSet: onOff('enable-gateway-api-listenerset'),
  copiedAnnotationPrefixes: list('copied-annotation-prefixes'),
  numberOfConcurrentWorkers: number('concurrent-workers'),
  maxConcurrentChallenges: number('max-concurrent-challenges'),
  metricsListenAddress: text('metrics-listen-address'),
  'metricsTLSConfig.cipherSuites': list('metrics-tls-cipher-suites'),
  'metricsTLSConfig.minTLSVersion': text('metrics-tls-min-version'),
  'metricsTLSConfig.filesystem.certFile': text('metrics-tls-cert-file'),
  'metricsTLSConfig.filesystem.keyFile': text('metrics-tls-private-key-file'),
  'metricsTLSConfig.dynamic.secretNamespace': text('metrics-dynamic-serving-ca-secret-namespace'),
  'metricsTLSConfig.dynamic.secretName': text('metrics-dynamic-serving-ca-secret-name'),
  'metricsTLSConfig.dynamic.dnsNames': list('metrics-dynamic-serving-dns-names'),
  'metricsTLSConfig.dynamic.leafDuration': duration('metrics-dynamic-serving-leaf-duration'),
  healthzListenAddress: text('healthz-listen-address'),
  enablePprof: onOff('enable-profiling'),
  pprofAddress: text('profiler-address'),
  'logging.format': text('logging-format'),
  'logging.flushFrequency': anything('log-flush-frequency'),
  'logging.verbosity': number('v'),
  'logging.vmodule': anything('vmodule'),
  'logging.options': anything('log-text-split-stream'),
  featureGates: map('feature-gates', 'a map of names to true or false', (value) => typeof value === 'boolean'),
  'ingressShimConfig.defaultIssuerName': text('default-issuer-name'),
  'ingressShimConfig.defaultIssuerKind': text('default-issuer-kind'),
  'ingressShimConfig.defaultIssuerGroup': text('default-issuer-group'),
  'ingressShimConfig.defaultAutoCertificateAnnotations': list('auto-certificate-annotations'),
  'ingressShimConfig.extraCertificateAnnotations': list('extra-certificate-annotations'),
  'acmeHTTP01Config.solverImage': text('acme-http01-solver-image'),
  'acmeHTTP01Config.solverResourceRequestCPU': text('acme-http01-solver-resource-request-cpu'),
  'acmeHTTP01Config.solverResourceRequestMemory': text('acme-http01-solver-resource-request-memory'),
  'acmeHTTP01Config.solverResourceLimitsCPU': text('acme-http01-solver-resource-limits-cpu'),
  'acmeHTTP01Config.solverResourceLimitsMemory': text('acme-http01-solver-resource-limits-memory'),
  'acmeHTTP01Config.solverRunAsNonRoot': onOff('acme-http01-solver-run-as-non-root'),
  'acmeHTTP01Config.solverRuntimeClassName': text('acme-http01-solver-runtime-class-name'),
  'acmeHTTP01Config.solverNameservers': list('acme-http01-solver-nameservers'),
  'acmeHTTP01Config.solverExtraLabels': map('acme-http01-solver-extra-labels', 'a map of texts', (value) => typeof value === 'string'),
  'acmeDNS01Config.recursiveNameservers': list('dns01-recursive-nameservers'),
  'acmeDNS01Config.recursiveNameserversOnly': onOff('dns01-recursive-nameservers-only'),
  'acmeDNS01Config.checkRetryPeriod': duration('dns01-check-retry-period'),
  'pemSizeLimitsConfig.maxCertificateSize': number('max-certificate-size'),
  'pemSizeLimitsConfig.maxPrivateKeySize': number('max-private-key-size'),
  'pemSizeLimitsConfig.maxChainLength': number('max-certificate-chain-length'),
  'pemSizeLimitsConfig.maxBundleSize': number('max-certificate-bundle-size'),
  'gatewayAPI.enabled': onOff('enable-gateway-api'),
  'gatewayAPI.enableListenerSet': onOff('enable-gateway-api-listenerset'),
  'gatewayAPI.extraProtocols': list('gateway-api-extra-protocols'),
  certificateRequestMinimumBackoffDuration: duration('certificate-request-minimum-backoff-duration'),
  certificateRequestMaximumBackoffDuration: duration('certificate-request-maximum-backoff-duration'),
}

function text(flag: string): ConfigurationField {
  return { flag, sort: 'text', textOf: (value) => (typeof value === 'string' ? value : undefined) }
}

function onOff(flag: string): ConfigurationField {
  return { flag, sort: 'true or false', textOf: (value) => (typeof value === 'boolean' ? String(value) : undefined) }
}

function number(flag: string): ConfigurationField {
  return { flag, sort: 'a number', textOf: (value) => (typeof value === 'number' ? String(value) : undefined) }
}

function list(flag: string): ConfigurationField {
  return { flag, sort: 'a list of texts', textOf: (value) => (isTexts(value) ? value.join(',') : undefined) }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** A text as Go writes it, or a number of nanoseconds. None means the default, as in cert-manager. */
function duration(flag: string): ConfigurationField {
  const textOf = (value: unknown): string | undefined => {
    const written = typeof value === 'number' ? `${value}ns` : value
    if (typeof written !== 'string') return undefined
    return parseGoDuration(written) === 0 ? '' : written
  }
  return { flag, sort: 'a duration, such as 1h30m', textOf }
}

function map(flag: string, sort: string, isValue: (value: unknown) => boolean): ConfigurationField {
  const textOf = (value: unknown): string | undefined => {
    if (!isMap(value) || !Object.values(value).every(isValue)) return undefined
    return Object.entries(value)
      .map(([key, item]) => `${key}=${String(item)}`)
      .join(',')
  }
  return { flag, sort, textOf }
}

/** Of what nobody reads here, any form is good. */
function anything(flag: string): ConfigurationField {
  return { flag, sort: 'anything', textOf: (value) => JSON.stringify(value) }
}

/** Whether a value of a document is a map. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
