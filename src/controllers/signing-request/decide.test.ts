import { expect, test } from 'vitest'
import { signingRequestAnnotation } from '../../crds/annotations.ts'
import type { Issuer } from '../../crds/issuer.ts'
import { issuerOfSigner } from '../../issuers/issuer-of-signer.ts'
import type { IssuerReading } from '../../issuers/issuer-reading.ts'
import type { CertificateSigningRequest } from '../../kube/kinds.ts'
import { decide } from './decide.ts'
import { requestedDuration } from './requested-duration.ts'
import { stateOf } from './state-of.ts'
import type { World } from './world.ts'

interface Given {
  readonly conditions?: Readonly<Record<string, 'True' | 'False'>>
  readonly certificate?: string
  readonly deletionTimestamp?: string
  readonly signerName?: string
  readonly issuer?: IssuerReading
  readonly mayReference?: boolean
  readonly annotations?: Readonly<Record<string, string>>
  readonly expirationSeconds?: number
  readonly told?: World['told']
}

const what = 'Issuer "ca"'
const issuer: Issuer = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Issuer',
  metadata: { name: 'ca', namespace: 'shop' },
  spec: { ca: { secretName: 'ca' } },
}
const ready: IssuerReading = { kind: 'ready', issuer, type: 'ca', isLocal: true }
const lasting = (text: string) => ({ annotations: { [signingRequestAnnotation.duration]: text } })

test.each<[when: string, given: Given, then: string]>([
  ['it is approved', {}, 'sign for 129600 m'],
  ['it asks for ten minutes', { expirationSeconds: 600 }, 'sign for 10 m'],
  ['it asks for an hour in its annotation and two in its spec', { ...lasting('1h'), expirationSeconds: 7_200 }, 'sign for 60 m'],
  ['it is for a ClusterIssuer', { signerName: 'clusterissuers.cert-manager.io/ca' }, 'sign for 129600 m'],

  ['nobody has approved it', { conditions: {} }, 'tell WaitingApproval'],
  ['its approval is not True', { conditions: { Approved: 'False' } }, 'tell WaitingApproval'],
  ['it was denied', { conditions: { Denied: 'True' } }, ''],
  ['it was approved and denied', { conditions: { Approved: 'True', Denied: 'True' } }, ''],
  ['it has failed', { conditions: { Approved: 'True', Failed: 'True' } }, ''],
  ['it was signed', { certificate: 'UEVN' }, ''],
  ['it is being deleted', { deletionTimestamp: '2026-11-01T00:00:00Z' }, ''],

  ['the issuer is missing', { issuer: { kind: 'missing', what }, mayReference: false }, 'tell IssuerNotFound'],
  ['the issuer has no type', { issuer: { kind: 'typeless', what }, mayReference: false }, 'tell IssuerTypeMissing'],
  ['the issuer is not ready', { issuer: { kind: 'not-ready', what, why: 'no Secret' } }, 'tell IssuerNotReady'],
  ['the requester may not use the Issuer', { mayReference: false }, 'fail with DeniedReference'],
  [
    'the requester may not use the Issuer, which is not ready either',
    { mayReference: false, issuer: { kind: 'not-ready', what, why: 'no Secret' } },
    'fail with DeniedReference',
  ],
  ['the duration does not parse', lasting('a week'), 'fail with ErrorParseDuration'],
  ['the duration is empty', lasting(''), 'fail with ErrorParseDuration'],
  ['the duration is too short', lasting('9m59s'), 'fail with InvalidDuration'],
  ['the duration is negative', lasting('-1h'), 'fail with InvalidDuration'],
  ['nobody has approved it and the duration does not parse', { ...lasting('a week'), conditions: {} }, 'tell WaitingApproval'],
])('when %s', (_when, given, then) => {
  expect(outcome(worldOf(given))).toBe(then)
})

test('a wait is told once, and again when it is another', () => {
  const waiting = worldOf({ issuer: { kind: 'not-ready', what, why: 'no Secret' } })
  const [told] = decide(waiting).actions
  if (told?.do !== 'announce') throw new Error('nothing was told')
  expect(decide({ ...waiting, told: told.announcement }).actions).toEqual([])
  expect(outcome({ ...waiting, told: told.announcement, issuer: { kind: 'not-ready', what, why: 'expired' } })).toBe('tell IssuerNotReady')
})

test.each<[given: Given, message: string]>([
  [{ mayReference: false }, 'Requester may not reference Namespaced Issuer shop/ca'],
  [{ issuer: { kind: 'missing', what } }, 'Referenced Issuer shop/ca not found'],
  [{ issuer: { kind: 'missing', what }, signerName: 'clusterissuers.cert-manager.io/ca' }, 'Referenced ClusterIssuer ca not found'],
  [lasting('1m'), 'CertificateSigningRequest minimum allowed duration is 10m0s, requested 1m0s'],
])('the message names what is wrong: %#', (given, message) => {
  expect(decide(worldOf(given)).because).toBe(message)
})

function outcome(world: World): string {
  return decide(world)
    .actions.map((action) => {
      switch (action.do) {
        case 'announce':
          return `tell ${action.announcement.reason}`
        case 'fail':
          return `fail with ${action.reason}`
        case 'sign':
          return `sign for ${action.duration / 60_000} m`
      }
    })
    .join()
}

function worldOf(given: Given): World {
  const request = requestOf(given)
  const signer = issuerOfSigner(request.spec.signerName)
  if (signer === undefined) throw new Error(`${request.spec.signerName} is none of our signers`)
  return {
    request,
    signer,
    state: stateOf(request),
    issuer: given.issuer ?? ready,
    mayReference: given.mayReference ?? true,
    duration: requestedDuration(request),
    told: given.told,
  }
}

function requestOf({ conditions = { Approved: 'True' }, ...given }: Given): CertificateSigningRequest {
  const { certificate, deletionTimestamp, annotations, expirationSeconds, signerName = 'issuers.cert-manager.io/shop.ca' } = given
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: {
      name: 'web',
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: { request: '', signerName, ...(expirationSeconds === undefined ? {} : { expirationSeconds }) },
    status: {
      conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })),
      ...(certificate === undefined ? {} : { certificate }),
    },
  }
}
