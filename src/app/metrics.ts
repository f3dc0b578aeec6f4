import { Counter, Gauge, Histogram, Registry, Summary, collectDefaultMetrics } from 'prom-client'
import type { AcmeRequestSample } from '../acme/client.ts'
import type { ControllerObserver, RunningController } from '../runtime/controller.ts'

/** Counters and histograms of the process. What the caches know is written at each scrape instead; see `certificate-series.ts`. */
export interface Metrics {
  readonly registry: Registry
  readonly controllers: ControllerObserver
  readonly onIssuance: (issuance: { readonly result: 'success' | 'failure'; readonly seconds: number | undefined }) => void
  readonly onLimited: (limited: { readonly reason: string }) => void
  readonly onInjection: (injection: { readonly result: 'success' | 'failure' }) => void
  readonly onAcmeRequest: (sample: AcmeRequestSample) => void
  readonly onApiRequest: (sample: {
    readonly verb: string
    readonly resource: string
    readonly status: number | string
    readonly seconds: number
  }) => void
  readonly setRunning: (running: readonly RunningController[]) => void
  readonly setLeader: (isLeader: boolean) => void
}

export function createMetrics(): Metrics {
  const registers = [new Registry()]
  const registry = registers[0] as Registry
  collectDefaultMetrics({ register: registry })
  const syncs = new Counter({
    name: 'certmanager_controller_sync_call_count',
    help: 'Reconciles per controller.',
    labelNames: ['controller'],
    registers,
  })
  const errors = new Counter({
    name: 'certmanager_controller_sync_error_count',
    help: 'Failed reconciles per controller.',
    labelNames: ['controller'],
    registers,
  })
  const seconds = new Histogram({
    name: 'certwright_reconcile_seconds',
    help: 'How long a reconcile took.',
    labelNames: ['controller'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  })
  const waited = new Histogram({
    name: 'certwright_queue_wait_seconds',
    help: 'How long a key was ready before it was reconciled.',
    labelNames: ['controller'],
    buckets: [0.001, 0.01, 0.1, 1, 10, 60],
    registers,
  })
  const issuances = new Counter({
    name: 'certwright_issuances_total',
    help: 'Ended issuances by result.',
    labelNames: ['result'],
    registers,
  })
  const issuanceSeconds = new Histogram({
    name: 'certwright_issuance_seconds',
    help: 'From the start of an issuance to its end.',
    labelNames: ['result'],
    buckets: [0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600],
    registers,
  })
  const limited = new Counter({
    name: 'certwright_issuances_limited_total',
    help: 'Issuances and repairs that had to wait because there were too many of one Certificate.',
    labelNames: ['reason'],
    registers,
  })
  const injections = new Counter({
    name: 'certwright_ca_injections_total',
    help: 'CAs written into webhook configurations, APIServices and CRDs, and those that could not be.',
    labelNames: ['result'],
    registers,
  })
  const acme = acmeMetrics(registers)
  const requests = new Counter({
    name: 'certwright_api_requests_total',
    help: 'Requests to the API server.',
    labelNames: ['verb', 'resource', 'status'],
    registers,
  })
  const leader = new Gauge({ name: 'certwright_leader', help: '1 on the replica that acts.', registers })
  const setRunning = queueGauges(registers)
  clockGauges(registers)
  return {
    registry,
    controllers: {
      reconciled: ({ controller, outcome, seconds: took }) => {
        syncs.inc({ controller })
        seconds.observe({ controller }, took)
        if ('code' in outcome && outcome.code !== undefined) errors.inc({ controller })
      },
      taken: ({ controller, waitedSeconds }) => waited.observe({ controller }, waitedSeconds),
    },
    onIssuance: ({ result, seconds: took }) => {
      issuances.inc({ result })
      if (took !== undefined) issuanceSeconds.observe({ result }, took)
    },
    onLimited: ({ reason }) => limited.inc({ reason }),
    onInjection: ({ result }) => injections.inc({ result }),
    onAcmeRequest: acme,
    onApiRequest: ({ verb, resource, status }) => requests.inc({ verb, resource, status: String(status) }),
    setRunning,
    setLeader: (isLeader) => leader.set(isLeader ? 1 : 0),
  }
}

/** Names and labels are the incumbent's: dashboards and alerts are built on them. */
function acmeMetrics(registers: Registry[]): (sample: AcmeRequestSample) => void {
  const labelNames = ['scheme', 'host', 'action', 'method', 'status']
  const count = new Counter({
    name: 'certmanager_http_acme_client_request_count',
    help: 'Requests to ACME servers.',
    labelNames,
    registers,
  })
  const duration = new Summary({
    name: 'certmanager_http_acme_client_request_duration_seconds',
    help: 'How long requests to ACME servers took.',
    labelNames,
    percentiles: [0.5, 0.9, 0.99],
    maxAgeSeconds: 600,
    ageBuckets: 5,
    registers,
  })
  return (sample) => {
    const labels = { scheme: sample.scheme, host: sample.host, action: sample.action, method: sample.method, status: String(sample.status) }
    count.inc(labels)
    duration.observe(labels, sample.seconds)
  }
}

function queueGauges(registers: Registry[]): Metrics['setRunning'] {
  let running: readonly RunningController[] = []
  const states = ['ready', 'running', 'sleeping'] as const
  new Gauge({
    name: 'certwright_queue_depth',
    help: 'Keys per controller: ready to be reconciled, being reconciled, waiting for their time.',
    labelNames: ['controller', 'state'],
    registers,
    collect() {
      this.reset()
      for (const controller of running) {
        const figures = controller.figures()
        for (const state of states) this.set({ controller: controller.name, state }, figures[state])
      }
    },
  })
  return (now) => {
    running = now
  }
}

function clockGauges(registers: Registry[]): void {
  const names = ['certmanager_clock_time_seconds', 'certmanager_clock_time_seconds_gauge'] as const
  for (const name of names) {
    new Gauge({
      name,
      help: 'The clock of the operator, in seconds since the epoch.',
      registers,
      collect() {
        this.set(Math.floor(Date.now() / 1_000))
      },
    })
  }
}
