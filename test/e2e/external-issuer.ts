import { setTimeout as sleep } from 'node:timers/promises'
import type { CertificateRequest, CertificateRequestStatus } from '../../src/crds/certificate-request.ts'
import { certificateRequests } from '../../src/crds/resources.ts'
import type { Testbed } from '../testbed/testbed.ts'
import { conditionOf } from './cluster-user.ts'
import type { ClusterUser } from './cluster-user.ts'
import { base64 } from './stored.ts'
import type { TestCa } from './test-ca.ts'
import { signRequest } from './test-ca.ts'

export interface ExternalIssuer {
  /** What a Certificate says to get its certificate from it. */
  readonly issuerRef: { readonly name: string; readonly kind: string; readonly group: string }
  readonly stop: () => Promise<void>
}

const LOOK_AGAIN_AFTER = 100

/**
 * The controller of somebody else's issuer in one namespace, played by the test: it signs every approved request of its group with
 * certificates of that lifetime (milliseconds), and touches nothing else.
 */
export function startExternalIssuer(
  user: ClusterUser,
  group: string,
  { ca, lifetime }: { readonly ca: TestCa; readonly lifetime: number },
): ExternalIssuer {
  const stopping = new AbortController()
  const isDue = ({ spec, status }: CertificateRequest): boolean =>
    spec.issuerRef.group === group && conditionOf(status, 'Approved')?.status === 'True' && conditionOf(status, 'Ready') === undefined
  const signDue = async (): Promise<void> => {
    for (const request of (await user.list(certificateRequests)).filter(isDue)) {
      await answer(user, request.metadata.name, { certificate: await signRequest(ca, request, lifetime), ca: ca.certificate })
    }
  }
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // A request may be gone before it is answered; controllers try again.
      await signDue().catch(() => undefined)
      await sleep(LOOK_AGAIN_AFTER)
    }
  }
  const done = run()
  return {
    issuerRef: issuerRefIn(group),
    stop: async () => {
      stopping.abort()
      await done
    },
  }
}

export function issuerRefIn(group: string): ExternalIssuer['issuerRef'] {
  return { name: 'outside', kind: 'WidgetIssuer', group }
}

/** Writes what an external issuer has to say: a certificate. */
export async function answer(
  user: ClusterUser,
  request: string,
  issued: { readonly certificate: string; readonly ca?: string },
): Promise<void> {
  await user.editStatus(certificateRequests, request, ({ status }) => ({
    ...withCondition(status, { type: 'Ready', status: 'True', reason: 'Issued', message: 'signed outside' }),
    certificate: base64(issued.certificate),
    ...(issued.ca === undefined ? {} : { ca: base64(issued.ca) }),
  }))
}

/** Writes a condition, as approvers and external issuers do. */
export async function setCondition(
  user: ClusterUser,
  request: string,
  condition: Omit<RequestCondition, 'lastTransitionTime'>,
  more: CertificateRequestStatus = {},
): Promise<void> {
  await user.editStatus(certificateRequests, request, ({ status }) => ({ ...withCondition(status, condition), ...more }))
}

type RequestCondition = NonNullable<CertificateRequestStatus['conditions']>[number]

function withCondition(
  status: CertificateRequestStatus | undefined,
  condition: Omit<RequestCondition, 'lastTransitionTime'>,
): CertificateRequestStatus {
  const others = (status?.conditions ?? []).filter(({ type }) => type !== condition.type)
  return { ...status, conditions: [...others, { ...condition, lastTransitionTime: now() }] }
}

/** Now, as Kubernetes writes it. */
export function now(): string {
  return new Date().toISOString().replace(/\.\d+/, '')
}

/** Lets the operator approve requests for the issuers of a group, as the administrator of that issuer does. */
export async function allowApproval(testbed: Testbed, group: string): Promise<void> {
  await testbed.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "approve:${group}"}
rules: [{apiGroups: [cert-manager.io], resources: [signers], resourceNames: ["widgetissuers.${group}/*"], verbs: [approve]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: "approve:${group}"}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "approve:${group}"}
subjects: [{kind: ServiceAccount, namespace: cert-manager, name: certwright}]
`)
}
