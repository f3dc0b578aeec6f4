import type { Challenge } from '../../crds/challenge.ts'
import type { AcmeIssuer } from '../../crds/issuer.ts'
import type { Order } from '../../crds/order.ts'
import { requestEvent } from '../../crds/reasons.ts'
import { orders as orderResource } from '../../crds/resources.ts'
import type { Cluster, New } from '../../kube/cluster.ts'
import { isKubeApiError } from '../../kube/kube-api-error.ts'
import type { Index, Informer } from '../../kube/lister.ts'
import { controllerUid } from '../../lib/controller-uid.ts'
import type { Clock } from '../../lib/clock.ts'
import { parseRfc3339, plus, SECOND, type Instant } from '../../lib/instant.ts'
import { readCertificates } from '../../pki/certificate.ts'
import type { CsrReading } from '../../pki/csr.ts'
import { rememberedCsr } from '../../pki/remembered-csr.ts'
import { subjectFields } from '../../pki/name.ts'
import { approvedTemplate } from '../approved-template.ts'
import type { AnyIssuer, ApprovedRequest, Signer, SignOutcome } from '../signer.ts'
import { leafProblem } from './leaf-problem.ts'
import { isOfOtherAccount, orderFor } from './order-for.ts'
import { readWaitReason } from './order-wait.ts'
import type { ReplacedCertificate } from './replaced-certificate.ts'

export interface AcmeSignerDeps {
  readonly cluster: Cluster
  readonly orders: Informer<Order>
  readonly challenges: Informer<Challenge>
  readonly clock: Clock
  /** `--copied-annotation-prefixes`. */
  readonly copiedAnnotationPrefixes: readonly string[]
  readonly replaced: ReplacedCertificate
  /** Since when this process acts; undefined: it does not. */
  readonly actingSince: () => Instant | undefined
}

const FIELD_MANAGER = 'certwright'

/** Signs through an Order, which its own controller brings to an end. Make it before the informers start: it adds indexes. */
export function acmeSigner(deps: AcmeSignerDeps): Signer {
  const ordersOf = deps.orders.index(controllerUid)
  const challengesOf = deps.challenges.index(hinderedOrder)
  return {
    isLocal: false,
    awaits: (request, issuer) => {
      const { acme } = issuer.spec
      const reading = orderable(request, deps.clock)
      if (acme === undefined || reading.kind === 'refused') return undefined
      return waitingFor(nameOfOrder(newOrder(request, reading.csr, { issuer, acme }, deps)))
    },
    sign: async (request, issuer, signal) => {
      const acme = issuer.spec.acme
      if (acme === undefined) throw new Error(`issuer ${issuer.metadata.name} is not an ACME issuer`)

      const reading = orderable(request, deps.clock)
      if (reading.kind === 'refused') return failed(reading.reason, reading.why)

      const order = currentOrder(request, ordersOf)
      if (order !== undefined && failedWhileAway(order, deps))
        return orderAgain(order, 'failed while the operator was restarting', deps, signal)
      if (order !== undefined && isUnderWay(order) && isOfOtherAccount(order, issuer))
        return orderAgain(order, 'was for another ACME account than the issuer has now', deps, signal)
      if (order !== undefined) return withHindrance(outcomeOf(order, reading.csr, deps.clock.now()), order, challengesOf)
      return createOrder(request, newOrder(request, reading.csr, { issuer, acme }, deps), deps, signal)
    },
    abandon: async ({ metadata }, signal) => {
      for (const order of ordersOf(metadata.uid ?? '')) await deps.cluster.delete(orderResource, order, signal)
    },
  }
}

type Orderable =
  | { readonly kind: 'ok'; readonly csr: CsrReading }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly why: string }

type RefusalReason = typeof requestEvent.requestParsingError | typeof requestEvent.invalidOrder

/** The CSR of a request, if an ACME server can be asked for what it wants. */
function orderable(request: ApprovedRequest, clock: Clock): Orderable {
  const reading = rememberedCsr(request.csr)
  if (reading.kind === 'unreadable') return unorderable('requestParsingError', `The CSR in spec.request cannot be read: ${reading.why}`)
  const template = approvedTemplate(request, clock.now())
  if (request.bindsCsr && template.kind === 'refused') return unorderable('requestParsingError', template.why)
  const problem = namesProblem(reading.csr)
  return problem === undefined ? { kind: 'ok', csr: reading.csr } : unorderable('invalidOrder', problem)
}

function unorderable(event: 'requestParsingError' | 'invalidOrder', why: string): Orderable {
  return { kind: 'refused', reason: requestEvent[event], why }
}

/** CAs issue what the order names: a common name that is not among the SANs would be lost or refused. */
function namesProblem(csr: CsrReading): string | undefined {
  const { commonName } = subjectFields(csr.subject)
  const { dnsNames, ipAddresses } = csr.sans
  if (dnsNames.length === 0 && ipAddresses.length === 0)
    return 'The CSR asks for no DNS name and no IP address; an ACME server certifies nothing else'
  if (commonName === '' || dnsNames.includes(commonName) || ipAddresses.includes(commonName)) return undefined
  return `The CSR has the common name ${JSON.stringify(commonName)}, which ACME requires to be among its dnsNames or ipAddresses too`
}

/** By owner, not by name: a changed profile in the issuer would lead to another name while the order is under way. */
function currentOrder(request: ApprovedRequest, ordersOf: Index<Order>): Order | undefined {
  return ordersOf(request.origin.metadata.uid ?? '').find((order) => order.metadata.deletionTimestamp === undefined)
}

function newOrder(
  request: ApprovedRequest,
  csr: CsrReading,
  { issuer, acme }: { readonly issuer: AnyIssuer; readonly acme: AcmeIssuer },
  { copiedAnnotationPrefixes, replaced }: AcmeSignerDeps,
): New<Order> {
  const account = issuer.status?.acme?.uri
  return orderFor(request, csr, { acme, copiedAnnotationPrefixes, replaces: replaced(request, acme), account })
}

function nameOfOrder({ metadata }: New<Order>): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

async function createOrder(
  request: ApprovedRequest,
  order: New<Order>,
  { cluster, clock }: AcmeSignerDeps,
  signal: AbortSignal,
): Promise<SignOutcome> {
  const name = nameOfOrder(order)
  const created = { kind: 'pending', reason: requestEvent.orderCreated, message: waitingFor(name), isBeginning: true } as const
  try {
    await cluster.create(orderResource, order, { fieldManager: FIELD_MANAGER }, signal)
    return created
  } catch (error) {
    if (!isKubeApiError(error, 'AlreadyExists')) throw error
    const existing = await cluster.get(orderResource, order.metadata, signal)
    if (existing !== undefined && controllerUid(existing).includes(request.origin.metadata.uid ?? '')) return created
    // Of an earlier request of this name: the garbage collector is about to take it.
    const message = `Waiting until Order ${name} of another ${request.origin.kind} is gone`
    return { kind: 'pending', reason: requestEvent.orderPending, message, wakeAt: plus(clock.now(), 2 * SECOND) }
  }
}

/**
 * Whether the CA found a proof wanting that was asked for before this process began to act. It may have looked while nobody was
 * there to answer, which says nothing about the user's network, so it is worth one more order. A proof that fails under our eyes is
 * final, so that this cannot go on.
 */
function failedWhileAway(order: Order, { actingSince }: AcmeSignerDeps): boolean {
  const since = actingSince()
  const createdAt = parseRfc3339(order.metadata.creationTimestamp)
  return order.status?.state === 'invalid' && since !== undefined && createdAt !== undefined && plus(createdAt, SECOND) <= since
}

function isUnderWay({ status }: Order): boolean {
  const { state = '', certificate = '' } = status ?? {}
  return certificate === '' && !['invalid', 'expired', 'errored'].includes(state)
}

async function orderAgain(order: Order, why: string, { cluster }: AcmeSignerDeps, signal: AbortSignal): Promise<SignOutcome> {
  await cluster.delete(orderResource, order, signal)
  const name = `${order.metadata.namespace}/${order.metadata.name}`
  return {
    kind: 'pending',
    reason: requestEvent.orderPending,
    message: `Order ${name} ${why}: ordering again`,
  }
}

function outcomeOf(order: Order, csr: CsrReading, now: Instant): SignOutcome {
  const name = `${order.metadata.namespace}/${order.metadata.name}`
  const { state, reason, certificate } = order.status ?? {}
  switch (state) {
    case 'invalid':
    case 'expired':
    case 'errored':
      return {
        ...failed(requestEvent.orderFailed, `Order ${name} is ${state}${reason === undefined || reason === '' ? '' : `: ${reason}`}`),
        isValidation: state !== 'errored' && !isPolicy.test(reason ?? ''),
      }
    case 'valid':
      return certificate === undefined || certificate === '' ? waiting(order, name) : issued(certificate, { csr, name, now })
    case 'pending':
    case 'ready':
    case 'processing':
    default:
      return waiting(order, name)
  }
}

/** Problems of a name that no proof of control would mend at this CA (RFC 8555 §6.7). */
const isPolicy = /urn:ietf:params:acme:error:(caa|rejectedIdentifier|unsupportedIdentifier)/

/** An ACME server does not say what its root is, so there is no `ca`. */
function issued(
  certificate: string,
  { csr, name, now }: { readonly csr: CsrReading; readonly name: string; readonly now: Instant },
): SignOutcome {
  const chain = Buffer.from(certificate, 'base64').toString('latin1')
  const reading = readCertificates(chain)
  if (reading.kind === 'unreadable')
    return failed(requestEvent.orderFailed, `The certificate of Order ${name} cannot be read: ${reading.why}`)
  const [leaf] = reading.certificates
  const problem = leaf === undefined ? 'is empty' : leafProblem(leaf, csr, now)
  return problem === undefined
    ? { kind: 'issued', certificate: chain, ca: undefined }
    : failed(requestEvent.orderFailed, `The certificate that the CA gave out for Order ${name} ${problem}`)
}

function waiting({ status }: Order, name: string): SignOutcome {
  const why = status?.reason ?? ''
  return { kind: 'pending', reason: requestEvent.orderPending, message: why === '' ? waitingFor(name) : `${waitingFor(name)}: ${why}` }
}

/** A CA that cannot answer is met by the Order, or by one of its Challenges. */
function withHindrance(outcome: SignOutcome, { metadata, status }: Order, challengesOf: Index<Challenge>): SignOutcome {
  if (outcome.kind !== 'pending') return outcome
  const reasons = [status?.reason, ...challengesOf(metadata.uid ?? '').map((challenge) => challenge.status?.reason)]
  const hindrance = reasons.map((reason) => readWaitReason(reason ?? '')).find((found) => found !== undefined)
  return hindrance === undefined ? outcome : { ...outcome, hindrance }
}

/** The Order whose Challenge waits for its CA. */
function hinderedOrder(challenge: Challenge): readonly string[] {
  return readWaitReason(challenge.status?.reason ?? '') === undefined ? [] : controllerUid(challenge)
}

/** The same words from the approval on: another text would cost another write of the CertificateRequest. */
function waitingFor(name: string): string {
  return `Waiting for Order ${name}`
}

function failed(reason: string, message: string): Extract<SignOutcome, { kind: 'failed' }> {
  return { kind: 'failed', reason, message }
}
