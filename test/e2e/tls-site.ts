import { connect, createServer } from 'node:tls'
import { onTestFinished } from 'vitest'
import { newAuthority } from '../testbed/certificates.ts'
import type { OperatorUnderTest } from './operator-under-test.ts'

/** A site of the user's own, with a TLS server whose certificate is for `own.site`, behind a Traefik that passes TLS through. Until the test ends. */
export async function startTlsSite(
  { testbed }: OperatorUnderTest,
  site: { readonly namespace: string; readonly host: string },
): Promise<void> {
  const claimed = await testbed.claimPodAddress()
  const [port = 0] = await claimed.freePorts(1)
  const { certificate, privateKey } = await (await newAuthority('own-site-ca')).sign('CN=own.site', ['own.site'])
  const server = createServer({ cert: certificate, key: privateKey, ALPNProtocols: ['http/1.1'] }, (socket) => socket.end())
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(port, claimed.address, resolve))
  onTestFinished(() => void server.close())
  await testbed.apply(
    manifests(site, claimed.address, port)
      .map((object) => JSON.stringify(object))
      .join('\n---\n'),
  )
}

/** The names in the certificate that is shown to a client of this protocol; undefined: there is no such connection. */
export function namesServed(
  { host, port }: { readonly host: string; readonly port: number },
  servername: string,
  protocol: string,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, servername, ALPNProtocols: [protocol], rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.subjectAltName)
      socket.destroy()
    })
    socket.on('error', () => resolve(undefined))
  })
}

function manifests(
  { namespace, host }: { readonly namespace: string; readonly host: string },
  address: string,
  port: number,
): readonly object[] {
  const name = 'own-site'
  return [
    { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { ports: [{ name: 'tls', port: 443, targetPort: port }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ name: 'tls', port }],
    },
    {
      apiVersion: 'traefik.io/v1alpha1',
      kind: 'IngressRouteTCP',
      metadata: { name, namespace },
      spec: {
        entryPoints: ['websecure'],
        routes: [{ match: `HostSNI(\`${host}\`)`, services: [{ name, port: 443 }] }],
        tls: { passthrough: true },
      },
    },
  ]
}
