import type { Certificate, CertificateSpec, CertificateStatus } from '../../crds/certificate.ts'
import type { ObjectMeta } from '../../crds/resource.ts'
import type { Ingress, IngressTls } from '../../kube/kinds.ts'
import { instant } from '../../lib/instant.ts'
import { ingressSource } from './ingress-source.ts'
import type { World } from './world.ts'

/** An Ingress `web` that asks the Issuer `ca` for one certificate, for tests; each part can be replaced. */
export const start = instant(Date.UTC(2026, 0, 1))

const oneBlock: readonly IngressTls[] = [{ hosts: ['web.example.com'], secretName: 'web-tls' }]

export function anIngress(parts: { readonly tls?: readonly IngressTls[]; readonly metadata?: Partial<ObjectMeta> } = {}): Ingress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { namespace: 'shop', name: 'web', uid: 'uid-web', annotations: { 'cert-manager.io/issuer': 'ca' }, ...parts.metadata },
    spec: { tls: parts.tls ?? oneBlock },
  }
}

export function aWorld(parts: Partial<World> & { readonly ingress?: Ingress; readonly certificates?: readonly Certificate[] } = {}): World {
  const { ingress = anIngress(), certificates = [], ...more } = parts
  return {
    source: ingressSource(ingress),
    issuer: { kind: 'ok', issuerRef: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' } },
    issuerProblem: undefined,
    fields: { kind: 'ok', fields: { altNames: [], ipSans: [] } },
    extraAnnotations: [],
    named: new Map(certificates.map((certificate) => [certificate.metadata.name, certificate])),
    controlled: certificates.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === 'uid-web')),
    memory: { told: [], refusals: [] },
    ...more,
  }
}

/** The Certificate that the Ingress asks for, as it was made. */
export function aCertificate(
  parts: {
    readonly name?: string
    readonly spec?: Partial<CertificateSpec>
    readonly metadata?: Partial<ObjectMeta>
    readonly status?: CertificateStatus
  } = {},
): Certificate {
  const name = parts.name ?? 'web-tls'
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: {
      namespace: 'shop',
      name,
      uid: `uid-${name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ownerReferences: [{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'web', uid: 'uid-web', controller: true }],
      ...parts.metadata,
    },
    spec: {
      secretName: name,
      dnsNames: ['web.example.com'],
      issuerRef: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' },
      usages: ['digital signature', 'key encipherment'],
      ...parts.spec,
    },
    ...(parts.status === undefined ? {} : { status: parts.status }),
  }
}
