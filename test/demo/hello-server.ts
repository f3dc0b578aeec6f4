import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Testbed } from '../testbed/testbed.ts'

/** Starts the web site of the demo, in this process as there are no pods here, and writes the Service `hello` that leads to it. */
export async function startHelloServer(testbed: Testbed): Promise<void> {
  const claimed = await testbed.claimPodAddress()
  const [port = 0] = await claimed.freePorts(1)
  const server = createServer((_request, response) => response.end('Hello over TLS!\n')).listen(port, claimed.address)
  await once(server, 'listening')
  server.unref()
  await testbed.apply(serviceWithoutPods(claimed.address, port))
}

function serviceWithoutPods(address: string, port: number): string {
  return `
apiVersion: v1
kind: Service
metadata: {name: hello, namespace: default}
spec: {ports: [{name: http, port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: hello, namespace: default, labels: {kubernetes.io/service-name: hello}}
addressType: IPv4
ports: [{name: http, port: ${port}}]
endpoints: [{addresses: [${address}]}]
`
}
