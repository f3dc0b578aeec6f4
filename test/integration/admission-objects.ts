import { stringify } from 'yaml'
import { base64 } from './crds-objects.ts'

export interface ObjectPlace {
  readonly name: string
  /** Default: `shop`. */
  readonly namespace?: string
}

export interface RequestDraft extends ObjectPlace {
  readonly issuerRef?: { readonly name: string; readonly kind?: string; readonly group?: string }
  readonly annotations?: Readonly<Record<string, string>>
  /** More fields of the spec. */
  readonly spec?: object
  readonly status?: object
}

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
}

export const approved: Condition = { type: 'Approved', status: 'True' }
export const denied: Condition = { type: 'Denied', status: 'True' }

/** The manifest of a CertificateRequest. */
export function certificateRequest({
  name,
  namespace = 'shop',
  issuerRef = { name: 'ca' },
  annotations = {},
  spec = {},
  status = {},
}: RequestDraft): object {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { name, namespace, annotations },
    spec: { request: base64('-----BEGIN CERTIFICATE REQUEST-----'), issuerRef, ...spec },
    status,
  }
}

/** The namespaces, and the role of the group `writers`: everything that the policies leave to RBAC. */
export function writersIn(...namespaces: readonly string[]): string {
  return manifests(
    ...namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    role('writers', {
      apiGroups: ['cert-manager.io'],
      resources: ['certificaterequests', 'certificaterequests/status'],
      verbs: ['get', 'create', 'update', 'patch'],
    }),
    binding('writers', 'writers', { kind: 'Group', name: 'writers' }),
  )
}

/** Lets a user approve for these signers everywhere; `undefined`: for all. */
export function approver(user: string, signers: readonly string[] | undefined): string {
  const names = signers === undefined ? {} : { resourceNames: signers }
  const rule = { apiGroups: ['cert-manager.io'], resources: ['signers'], verbs: ['approve'], ...names }
  return manifests(role(`approver-${user}`, rule), binding(`approver-${user}`, `approver-${user}`, { kind: 'User', name: user }))
}

export function manifests(...objects: readonly object[]): string {
  return objects.map((object) => stringify(object)).join('---\n')
}

function role(name: string, rule: object): object {
  return { apiVersion: rbac, kind: 'ClusterRole', metadata: { name }, rules: [rule] }
}

export function binding(name: string, clusterRole: string, subject: object, namespace?: string): object {
  return {
    apiVersion: rbac,
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole },
    subjects: [subject],
  }
}

const rbac = 'rbac.authorization.k8s.io/v1'
