import { once } from 'node:events'
import { createServer } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { endpointSlices, services } from '../../src/kube/kinds.ts'
import type { Secret } from '../../src/kube/kinds.ts'
import type { Testbed } from '../testbed/testbed.ts'
import type { ClusterUser } from './cluster-user.ts'
import { textIn } from './stored.ts'

/** A server that the API server calls: an aggregated API, an admission webhook that refuses all, and a webhook that converts. */
export interface ApiExtension extends AsyncDisposable {
  /** The Service in front of it. */
  readonly service: { readonly namespace: string; readonly name: string }
  /** The name that its certificate needs. */
  readonly host: string
  /** Serves with this key pair from now on, over new connections only. */
  readonly serveWith: (secret: Secret) => void
}

/** Starts it without a key pair, behind a Service in the user's namespace. */
export async function startApiExtension(testbed: Testbed, user: ClusterUser): Promise<ApiExtension> {
  const { address, freePorts } = await testbed.claimPodAddress()
  const [port = 0] = await freePorts(1)
  const server = createServer((request, response) => {
    void answerTo(request).then((answer) => {
      // The API server would stay on the connection that it has, and see no new certificate.
      response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(answer))
    })
  })
  server.listen(port, address)
  await once(server, 'listening')
  const service = { namespace: user.namespace, name: 'extension' }
  await user.create(services, service.name, { spec: { ports: [{ name: 'https', port: 443, targetPort: port }] } })
  await user.create(endpointSlices, service.name, {
    metadata: { labels: { 'kubernetes.io/service-name': service.name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', port }],
  })
  return {
    service,
    host: `${service.name}.${service.namespace}.svc`,
    serveWith: (secret) => {
      server.setSecureContext({ cert: textIn(secret, 'tls.crt'), key: textIn(secret, 'tls.key') })
      server.closeAllConnections()
    },
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

export const aggregated = { group: 'reports.example.com', version: 'v1' } as const
export const refusal = 'the admission webhook of the test refuses everything'

async function answerTo(request: IncomingMessage): Promise<object> {
  const body = await text(request)
  const path = (request.url ?? '').split('?', 1)[0]
  switch (path) {
    case '/admit':
      return review(body, ({ uid }) => ({ uid, allowed: false, status: { message: refusal } }))
    case '/convert':
      return review(body, converted)
    default:
      return discovery
  }
}

interface Review {
  readonly apiVersion: string
  readonly kind: string
  readonly request: ReviewRequest
}

interface ReviewRequest {
  readonly uid: string
  readonly desiredAPIVersion?: string
  readonly objects?: readonly (Readonly<Record<string, unknown>> & {
    readonly spec?: { readonly size?: number; readonly width?: number }
  })[]
}

function review(body: string, respond: (request: ReviewRequest) => object): object {
  const { apiVersion, kind, request } = JSON.parse(body) as Review
  return { apiVersion, kind, response: respond(request) }
}

/** What `v1alpha1` calls `size` is `width` in `v1`. */
function converted({ uid, desiredAPIVersion, objects = [] }: ReviewRequest): object {
  const convertedObjects = objects.map(({ spec, ...rest }) => {
    const width = spec?.width ?? spec?.size
    return { ...rest, apiVersion: desiredAPIVersion, spec: desiredAPIVersion?.endsWith('/v1') === true ? { width } : { size: width } }
  })
  return { uid, result: { status: 'Success' }, convertedObjects }
}

const discovery = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: `${aggregated.group}/${aggregated.version}`,
  resources: [{ name: 'reports', singularName: 'report', kind: 'Report', namespaced: true, verbs: ['get', 'list'] }],
}
