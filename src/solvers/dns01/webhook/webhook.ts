import type { Dns01Webhook } from '../../../crds/dns01-solver.ts'
import { KubeApiError } from '../../../kube/kube-api-error.ts'
import { OperatorError } from '../../../lib/operator-error.ts'
import { visibleText } from '../../../lib/visible-text.ts'
import { fieldOf } from '../answer-fields.ts'
import type { OpenDnsProvider, ProviderAccess, TxtRecord } from '../dns-provider.ts'

/** A provider outside of the operator: an aggregated API that takes a ChallengePayload, as all webhooks for cert-manager do. */
export const openWebhook: OpenDnsProvider<Dns01Webhook> = async (config, access) => {
  const solver = checkedSolver(config)
  const call = async (action: Action, record: TxtRecord, signal: AbortSignal): Promise<void> => {
    const body = payload(action, record, { config: config.config, access })
    refuseUnlessDone(await answerTo(access, { solver, body }, signal), solver)
  }
  return {
    publish: (record, signal) => call('Present', record, signal),
    withdraw: (record, signal) => call('CleanUp', record, signal),
  }
}

type Action = 'Present' | 'CleanUp'

interface Solver {
  readonly group: string
  readonly name: string
}

const VERSION = 'v1alpha1'

/** Both names become part of a path at the API server. */
function checkedSolver({ groupName, solverName }: Dns01Webhook): Solver {
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(groupName)) {
    throw misnamed(`webhook.groupName ${quoted(groupName)} is not the name of an API group`)
  }
  if (!/^[A-Za-z0-9][-\w.]*$/.test(solverName)) {
    throw misnamed(`webhook.solverName ${quoted(solverName)} is not the name of a resource`)
  }
  return { group: groupName, name: solverName }
}

function misnamed(message: string): OperatorError {
  return new OperatorError('dns01/webhook', message, { retry: { kind: 'never' } })
}

/** Words of the API are those of cert-manager's `webhook.acme.cert-manager.io/v1alpha1`; names are absolute there, with a trailing dot. */
function payload(
  action: Action,
  record: TxtRecord,
  { config, access }: { readonly config: unknown; readonly access: ProviderAccess },
): object {
  return {
    apiVersion: 'webhook.acme.cert-manager.io/v1alpha1',
    kind: 'ChallengePayload',
    request: {
      uid: '',
      action,
      type: 'dns-01',
      dnsName: record.dnsName,
      key: record.value,
      resourceNamespace: access.namespace,
      resolvedFQDN: `${record.name}.`,
      resolvedZone: `${record.zone}.`,
      allowAmbientCredentials: access.isAmbientAllowed,
      ...(config === undefined ? {} : { config }),
    },
  }
}

async function answerTo(
  access: ProviderAccess,
  { solver, body }: { readonly solver: Solver; readonly body: object },
  signal: AbortSignal,
): Promise<unknown> {
  try {
    return await access.callApi({ group: solver.group, version: VERSION, resource: solver.name, body }, signal)
  } catch (error) {
    if (error instanceof KubeApiError && error.status !== 0) throw unavailable(error, solver)
    throw error
  }
}

function unavailable(error: KubeApiError, { group, name }: Solver): OperatorError {
  const service = `APIService ${VERSION}.${group}`
  switch (error.status) {
    case 403:
      return failure(`The operator may not use the webhook: ${visibleText(error.message)}`, error)
    case 404:
      return failure(
        `No API ${group}/${VERSION} with the solver ${quoted(name)} is served. Is the webhook installed (${service}), and is solverName right?`,
        error,
      )
    case 502:
    case 503:
    case 504:
      return failure(`The webhook of ${group} does not answer (status ${error.status}); look at ${service}`, error)
    default:
      return failure(`The webhook of ${group} failed: ${visibleText(error.message)}`, error)
  }
}

/** The answer is the payload with a `response`; what the webhook could not do is in the message of its `status`. */
function refuseUnlessDone(answer: unknown, { group, name }: Solver): void {
  const response = fieldOf(answer, 'response')
  if (fieldOf(response, 'success') === true) return
  const message = fieldOf(fieldOf(response, 'status'), 'message')
  const why = typeof message === 'string' && message !== '' ? visibleText(message) : 'it says neither success nor why not'
  throw failure(`The webhook solver ${quoted(name)} of ${group} failed: ${why}`)
}

function quoted(word: string): string {
  return JSON.stringify(visibleText(word))
}

/** A webhook that may do better the next time. */
function failure(message: string, cause?: KubeApiError): OperatorError {
  return new OperatorError('dns01/webhook', message, cause === undefined ? {} : { retry: cause.retry, cause })
}
