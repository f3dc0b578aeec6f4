import type { Certificate, CertificateStatus } from '../../crds/certificate.ts'
import { DAY, plus, toRfc3339, type Instant } from '../../lib/instant.ts'
import type { Action } from './action.ts'
import { aCertificate, aStoredSecret, aWorld } from './builders.ts'
import { issuanceHistory, type IssuanceHistory } from './issuance-history.ts'
import { renewalSuggestion } from './renewal-suggestion.ts'
import type { KeyPair, StoredSecret } from './stored-secret.ts'
import { noIssuer } from './temporary.ts'
import type { IssuedLeaf, NextKey, OwnedRequest, World } from './world.ts'

/** What the API server has of one Certificate. Keys are known by their fingerprints. */
export interface ClusterState {
  readonly certificate: Certificate
  readonly stored: StoredSecret | undefined
  readonly requests: readonly ModelRequest[]
  readonly nextKeys: readonly NextKey[]
}

/** A request, and the generation of the spec that its CSR was made from. */
export interface ModelRequest extends OwnedRequest {
  readonly madeFor: number
}

/** An effect that the API server, or a last look before it, refuses. The reconcile ends there. */
export class Refused extends Error {}

/** A cluster with one Certificate, as far as its controller can tell the difference. The preconditions of each write are those of act. */
export class ModelCluster {
  state: ClusterState = { certificate: aCertificate({ generation: 1 }), stored: undefined, requests: [], nextKeys: [] }
  history: IssuanceHistory = issuanceHistory()
  issued = 0
  private count = 0

  /** What the controller sees, given what its caches hold. */
  world(seen: ClusterState): World {
    const { generation = 1 } = seen.certificate.metadata
    const requests = seen.requests.map((request) => ({ ...request, violations: request.madeFor === generation ? [] : ['spec.dnsNames'] }))
    const suggestion = renewalSuggestion(seen.certificate.status?.acme?.ari)
    return aWorld({ ...seen, requests, suggestion, efforts: this.history.of('uid-web') })
  }

  /** Carries out one action that was decided on what was seen. */
  act(action: Action, seen: ClusterState, now: Instant): void {
    switch (action.do) {
      case 'set-status':
        if (seen.certificate.metadata.resourceVersion !== this.state.certificate.metadata.resourceVersion) throw new Refused('conflict')
        this.writeStatus(action.status)
        if (action.step.kind === 'start') this.history.record('uid-web', { kind: 'issuance', at: now, counts: action.step.counts })
        return
      case 'create-next-key':
        if (this.state.nextKeys.some(({ name }) => name === action.secretName)) throw new Refused('the key exists')
        this.change({ nextKeys: [...this.state.nextKeys, this.newKey(action.secretName)] })
        return
      case 'delete-next-key':
        this.change({ nextKeys: this.state.nextKeys.filter(({ uid }) => uid !== action.uid) })
        return
      case 'create-request':
        this.mustHave(action.key)
        if (this.state.requests.some(({ name }) => name === action.name)) return
        this.change({ requests: [...this.state.requests, this.newRequest(action, seen)] })
        return
      case 'delete-request':
        this.change({ requests: this.state.requests.filter(({ uid }) => uid !== action.uid) })
        return
      case 'store-temporary-certificate':
        this.mustHave(action.key)
        this.change({ stored: temporary(action.key.publicKeyFingerprint, now) })
        return
      case 'store-key-pair': {
        this.mustHave(action.key)
        const leaf = leafOf(seen.requests.find(({ name }) => name === action.requestName))
        if (leaf?.publicKeyFingerprint !== action.key.publicKeyFingerprint) throw new Refused('key and certificate do not belong together')
        this.change({ stored: holding(leaf) })
        return
      }
      case 'repair-secret':
      case 'warn':
        return
    }
  }

  /** The issuer answers a request that waits: with a certificate, or with no. */
  answer(name: string, answer: 'yes' | 'no', now: Instant): void {
    const state =
      answer === 'yes' ? this.newCertificate(name, now) : { kind: 'failed' as const, reason: 'Failed', message: 'no', failedAt: now }
    this.change({ requests: this.state.requests.map((request) => (request.name === name ? { ...request, state } : request)) })
  }

  /** The user edits the names in the spec. */
  editSpec(): void {
    const { certificate } = this.state
    const { generation = 1 } = certificate.metadata
    this.change({ certificate: { ...certificate, metadata: { ...certificate.metadata, generation: generation + 1, ...this.version() } } })
  }

  /** Somebody asks for an issuance in the status. */
  trigger(now: Instant): void {
    const { status = {} } = this.state.certificate
    const others = (status.conditions ?? []).filter(({ type }) => type !== 'Issuing')
    const issuing = { type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', lastTransitionTime: toRfc3339(now) } as const
    this.writeStatus({ ...status, conditions: [...others, issuing] })
  }

  /** The CA wants the stored certificate to be replaced at once; as its controller, it says nothing while an issuance is under way. */
  suggestRenewal(now: Instant): boolean {
    const { certificate, stored } = this.state
    const { status = {} } = certificate
    const isIssuing = status.conditions?.some(({ type, status: value }) => type === 'Issuing' && value === 'True') === true
    if (isIssuing || status.acme !== undefined || stored?.issuer.name !== 'ca') return false
    const suggestedWindow = { start: toRfc3339(plus(now, -2 * DAY)), end: toRfc3339(plus(now, -DAY)) }
    this.writeStatus({ ...status, acme: { ari: { suggestedWindow } } })
    return true
  }

  change(parts: Partial<ClusterState>): void {
    this.state = { ...this.state, ...parts }
  }

  private writeStatus(status: CertificateStatus): void {
    const { certificate } = this.state
    this.change({ certificate: { ...certificate, status, metadata: { ...certificate.metadata, ...this.version() } } })
  }

  private version(): { readonly resourceVersion: string } {
    return { resourceVersion: `version-${this.next()}` }
  }

  private mustHave(key: { readonly uid: string }): void {
    if (!this.state.nextKeys.some(({ uid }) => uid === key.uid)) throw new Refused('the next private key is gone')
  }

  private newKey(name: string): NextKey {
    const n = this.next()
    return { name, uid: `uid-key-${n}`, key: { kind: 'ok', publicKeyFingerprint: `key-${n}`, fitsSpec: true } }
  }

  private newRequest(action: Action & { readonly do: 'create-request' }, seen: ClusterState): ModelRequest {
    return {
      name: action.name,
      uid: `uid-request-${this.next()}`,
      revision: action.revision,
      publicKeyFingerprint: action.key.publicKeyFingerprint,
      violations: [],
      madeFor: seen.certificate.metadata.generation ?? 1,
      state: { kind: 'pending', message: '' },
    }
  }

  private newCertificate(name: string, now: Instant): OwnedRequest['state'] {
    this.issued += 1
    const publicKeyFingerprint = this.state.requests.find((request) => request.name === name)?.publicKeyFingerprint ?? ''
    const leaf = { kind: 'ok', chainFingerprint: `chain-${this.next()}`, publicKeyFingerprint, notAfter: plus(now, 90 * DAY) } as const
    return { kind: 'issued', leaf, issuedAt: now }
  }

  private next(): number {
    this.count += 1
    return this.count
  }
}

function leafOf(request: ModelRequest | undefined): Extract<IssuedLeaf, { kind: 'ok' }> | undefined {
  return request?.state.kind === 'issued' && request.state.leaf.kind === 'ok' ? request.state.leaf : undefined
}

function holding(leaf: Extract<IssuedLeaf, { kind: 'ok' }>): StoredSecret {
  const secret = aStoredSecret({ key: leaf.publicKeyFingerprint, notBefore: plus(leaf.notAfter, -90 * DAY) })
  return { ...secret, pair: { ...(secret.pair as KeyPair), kind: 'ok', chainFingerprint: leaf.chainFingerprint } }
}

function temporary(key: string, now: Instant): StoredSecret {
  return aStoredSecret({ key, notBefore: now, issuer: { name: noIssuer.name, kind: '', group: '' } })
}
