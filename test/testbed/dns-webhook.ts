import { createServer } from 'node:https'
import type { Server } from 'node:https'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { registerAggregatedApi, untilServed } from './aggregated-api.ts'
import type { Testbed } from './testbed.ts'

/** An aggregated API that solves DNS-01 as the webhooks for cert-manager do, on a server of the test's own. */
export interface DnsWebhook extends AsyncDisposable {
  /** What it was asked, and by whom, as the API server says. */
  readonly calls: readonly WebhookCall[]
  /** Ends the server; the APIService stays, and with it a group that nobody serves. */
  readonly stop: () => Promise<void>
}

export interface WebhookCall {
  readonly user: string
  readonly path: string
  readonly payload: { readonly apiVersion?: string; readonly kind?: string; readonly request?: ChallengeRequest }
}

export interface ChallengeRequest {
  readonly action: string
  readonly resolvedFQDN: string
  readonly key: string
}

export interface DnsWebhookOptions {
  readonly group: string
  readonly solver: string
  /** Who may use it, beside the cluster admin. */
  readonly serviceAccount: { readonly namespace: string; readonly name: string }
  /** Does what it is asked; the message of what it throws is what the API answers. */
  readonly solve: (request: ChallengeRequest) => Promise<void>
}

/** Starts one and registers it, and waits until the API server serves the group. */
export async function startDnsWebhook(testbed: Testbed, options: DnsWebhookOptions): Promise<DnsWebhook> {
  const { group, solver, serviceAccount } = options
  const { address, freePorts } = await testbed.claimPodAddress()
  const [port = 0] = await freePorts(1)
  const tls = await registerAggregatedApi(testbed, { group, resource: solver, serviceAccount, address, port })
  const calls: WebhookCall[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, body } = await answerTo(options, calls, request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const server = createServer({ cert: tls.certificate, key: tls.privateKey }, (request, response) => void answer(request, response))
  server.listen(port, address)
  await once(server, 'listening')
  await untilServed(testbed, group)
  const stop = (): Promise<void> => closed(server)
  return { calls, stop, [Symbol.asyncDispose]: stop }
}

async function answerTo(
  { group, solver, solve }: DnsWebhookOptions,
  calls: WebhookCall[],
  request: IncomingMessage,
): Promise<{ readonly status: number; readonly body: object }> {
  const path = request.url ?? ''
  const groupVersion = `${group}/v1alpha1`
  if (request.method === 'GET' && path.startsWith(`/apis/${groupVersion}`)) {
    const resource = { name: solver, singularName: '', namespaced: false, kind: 'ChallengePayload', verbs: ['create'] }
    return { status: 200, body: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: [resource] } }
  }
  if (request.method !== 'POST' || path !== `/apis/${groupVersion}/${solver}`) return { status: 404, body: notFound }

  const payload = JSON.parse(await textOf(request)) as WebhookCall['payload']
  // A webhook knows this kind only, and its library refuses another before the solver sees it.
  if (payload.apiVersion !== 'webhook.acme.cert-manager.io/v1alpha1' || payload.kind !== 'ChallengePayload')
    return { status: 400, body: badRequest }
  calls.push({ user: String(request.headers['x-remote-user']), path, payload })
  return { status: 201, body: { ...payload, response: await responseTo(payload.request, solve) } }
}

const badRequest = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'BadRequest', code: 400, message: 'no such kind' }
const notFound = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404, message: 'no such resource' }

async function responseTo(request: ChallengeRequest | undefined, solve: DnsWebhookOptions['solve']): Promise<object> {
  try {
    if (request === undefined) throw new Error('payload request field cannot be empty')
    await solve(request)
    return { uid: '', success: true }
  } catch (error) {
    return { uid: '', success: false, status: { status: 'Failed', message: error instanceof Error ? error.message : 'unknown' } }
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return
  const done = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await done
}
