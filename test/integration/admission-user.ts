import { stringify } from 'yaml'
import { waitFor } from '../e2e/wait-for.ts'
import type { KubectlResult } from '../testbed/kubectl.ts'
import type { Testbed } from '../testbed/testbed.ts'
import { approved, binding, certificateRequest, manifests } from './admission-objects.ts'
import type { Condition, ObjectPlace, RequestDraft } from './admission-objects.ts'

/** Somebody whom the API server knows by name, in the group `writers`, which may write CertificateRequests and their status. */
export interface AdmissionUser {
  /** `kubectl` as this user. Never throws; look at `code`. */
  readonly kubectl: (args: readonly string[], input?: object) => Promise<KubectlResult>
  /** Creates a CertificateRequest and returns what kubectl said. */
  readonly request: (request: RequestDraft) => Promise<KubectlResult>
  /** Writes these conditions over those of the status. */
  readonly setConditions: (request: ObjectPlace, conditions: readonly Condition[]) => Promise<KubectlResult>
  /** What the API server would say to an approval; empty when it would take it. */
  readonly tryToApprove: (request: ObjectPlace) => Promise<string>
}

export interface Identity {
  readonly name: string
  readonly uid?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** The user of that name, impersonated by the cluster admin. */
export function admissionUser(testbed: Testbed, { name, uid, groups = [], extra = {} }: Identity): AdmissionUser {
  const who = [
    `--as=${name}`,
    ...(uid === undefined ? [] : [`--as-uid=${uid}`]),
    ...['writers', ...groups].map((group) => `--as-group=${group}`),
    ...Object.entries(extra).flatMap(([key, values]) => values.map((value) => `--as-user-extra=${key}=${value}`)),
  ]
  return userOf((args, input) => testbed.kubectl([...args, ...who], input === undefined ? {} : { input: stringify(input) }))
}

/** A service account, with a token of its own. It is made where it does not exist, and counts as a writer. */
export async function serviceAccountUser(
  testbed: Testbed,
  account: { readonly namespace: string; readonly name: string },
): Promise<AdmissionUser> {
  const subject = { kind: 'ServiceAccount', ...account }
  await testbed.apply(
    manifests({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: account }, binding(`writer-${account.name}`, 'writers', subject)),
  )
  const kubeconfig = await testbed.kubeconfigFor(account)
  return userOf((args, input) => testbed.kubectl(args, { kubeconfig, ...(input === undefined ? {} : { input: stringify(input) }) }))
}

function userOf(kubectl: AdmissionUser['kubectl']): AdmissionUser {
  const patchStatus = ({ name, namespace = 'shop' }: ObjectPlace, conditions: readonly Condition[], ...flags: readonly string[]) => {
    const patch = ['--subresource=status', '--type=merge', '--patch', JSON.stringify({ status: { conditions } })]
    return kubectl(['patch', 'certificaterequest', name, '--namespace', namespace, ...patch, ...flags])
  }
  return {
    kubectl,
    request: (draft) => kubectl(['create', '--filename', '-'], certificateRequest(draft)),
    setConditions: (request, conditions) => patchStatus(request, conditions),
    tryToApprove: async (request) => said(await patchStatus(request, [approved], '--dry-run=server')),
  }
}

/** Waits until the API server knows that this user may approve for this signer. */
export async function untilApprover(testbed: Testbed, { name, signer }: { readonly name: string; readonly signer: string }): Promise<void> {
  const resourceAttributes = { verb: 'approve', group: 'cert-manager.io', resource: 'signers', name: signer }
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: { user: name, resourceAttributes } }
  await waitFor(`${name} may approve for ${signer}`, async () => {
    const asked = await testbed.kubectl(['create', '--filename', '-', '--output=jsonpath={.status.allowed}'], { input: stringify(review) })
    return asked.stdout === 'true' ? true : undefined
  })
}

/** Takes the rules out of the CRD of CertificateRequests, as cert-manager's has none, and waits until they no longer hold. */
export async function removeRules(testbed: Testbed): Promise<void> {
  const crd = await testbed.kubectl(['get', 'crd', 'certificaterequests.cert-manager.io', '--output=json'])
  const bare: unknown = JSON.parse(crd.stdout, (key, value: unknown) => (key === 'x-kubernetes-validations' ? undefined : value))
  const replaced = await testbed.kubectl(['replace', '--filename', '-'], { input: JSON.stringify(bare) })
  if (replaced.code !== 0) throw new Error(replaced.stderr)
  await testbed.apply(manifests(certificateRequest({ name: 'rules-probe' })))
  await waitFor('the rules no longer hold', async () => {
    const patch = ['--type=merge', '--patch', JSON.stringify({ spec: { duration: '7h' } })]
    const tried = await testbed.kubectl(['patch', 'certificaterequest', 'rules-probe', '--namespace=shop', '--dry-run=server', ...patch])
    return tried.code === 0 ? true : undefined
  })
}

/** What kubectl complained about; empty when it succeeded. */
export function said({ code, stderr }: KubectlResult): string {
  return code === 0 ? '' : stderr
}
