import { expect, test } from 'vitest'
import type { CertificateStatus } from '../../crds/certificate.ts'
import { plus, SECOND } from '../../lib/instant.ts'
import { aCertificate, anIngress, aWorld, start } from './builders.ts'
import { contentOf, decide, type Action } from './decide.ts'
import type { World } from './world.ts'

const foreign = {
  ownerReferences: [{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'other', uid: 'uid-other', controller: true }],
}
const isDeleted = { deletionTimestamp: '2026-01-01T00:00:00Z' }

test.each<[when: string, world: World, then: string]>([
  ['there is no Certificate yet', aWorld(), 'create web-tls'],
  ['it is as wanted', aWorld({ certificates: [aCertificate()] }), ''],
  ['it differs', aWorld({ certificates: [aCertificate({ spec: { commonName: 'old' } })] }), 'update web-tls'],
  ['it differs but is being deleted', aWorld({ certificates: [aCertificate({ spec: { commonName: 'old' }, metadata: isDeleted })] }), ''],
  ['a foreign one serves the same', aWorld({ certificates: [aCertificate({ metadata: foreign })] }), ''],
  [
    'a foreign one lacks the name',
    aWorld({ certificates: [aCertificate({ metadata: foreign, spec: { dnsNames: [] } })] }),
    'tell BadConfig',
  ],
  [
    "a user's own writes another Secret",
    aWorld({ certificates: [aCertificate({ metadata: { ownerReferences: [] }, spec: { secretName: 'x' } })] }),
    'tell BadConfig',
  ],
  ['its Secret is no longer named', aWorld({ ingress: anIngress({ tls: [] }), certificates: [aCertificate()] }), 'delete web-tls'],
  [
    'its Secret is still named, by a block that is skipped',
    aWorld({ ingress: anIngress({ tls: [{ secretName: 'web-tls' }] }), certificates: [aCertificate()] }),
    'tell BadConfig',
  ],
  ['the Ingress is being deleted', aWorld({ ingress: anIngress({ metadata: isDeleted }), certificates: [aCertificate()] }), ''],
  ['the Ingress goes with foreground deletion', aWorld({ ingress: anIngress({ metadata: { finalizers: ['foregroundDeletion'] } }) }), ''],
  [
    'two blocks name one Secret',
    aWorld({
      ingress: anIngress({
        tls: [
          { secretName: 'a', hosts: ['a.example.com'] },
          { secretName: 'a', hosts: ['b.example.com'] },
        ],
      }),
      certificates: [aCertificate()],
    }),
    'tell BadConfig',
  ],
  [
    'the issuer is named twice',
    aWorld({ issuer: { kind: 'bad', why: 'keep one' }, certificates: [aCertificate({ spec: { dnsNames: [] } })] }),
    'tell BadConfig',
  ],
  ['an annotation cannot be read', aWorld({ fields: { kind: 'bad', why: 'no duration' } }), 'tell BadConfig'],
  [
    'one block is broken and another is not',
    aWorld({ ingress: anIngress({ tls: [{ hosts: ['a.example.com'] }, { secretName: 'b', hosts: ['b.example.com'] }] }) }),
    'tell BadConfig, create b',
  ],
])('when %s', (_when, world, then) => {
  expect(decide(world, start).actions.map(inWords).join(', ')).toBe(then)
})

test('what was told is not told again, and what no longer holds is forgotten', () => {
  const world = aWorld({ fields: { kind: 'bad', why: 'no duration' } })
  const told = [{ reason: 'BadConfig', message: 'no duration' }]
  expect(decide({ ...world, memory: { told, refusals: [] } }, start).actions).toEqual([])
  const mended = aWorld({ memory: { told, refusals: [] }, certificates: [aCertificate()] })
  expect(decide(mended, start).actions).toEqual([{ do: 'tell', news: [], standing: [] }])
})

const ready = { type: 'Ready', status: 'True', reason: 'Ready', message: '', observedGeneration: 1 } as const
const failing = { type: 'Issuing', status: 'False', reason: 'Failed', message: 'the CA said no' } as const

test.each<[when: string, status: CertificateStatus, issuerProblem: string | undefined, message: string | undefined]>([
  ['nothing is known yet', {}, undefined, undefined],
  ['it is issued', { conditions: [ready] }, undefined, undefined],
  ['the issuance failed', { conditions: [failing] }, undefined, 'the CA said no'],
  ['the renewal failed', { conditions: [ready, failing] }, undefined, 'the CA said no'],
  ['the incumbent noted a success', { conditions: [ready, { ...failing, reason: 'Issued' }] }, undefined, undefined],
  ['the issuer is not there', {}, 'there is no Issuer "ca"', 'there is no Issuer "ca"'],
  ['the issuer has gone after it has issued', { conditions: [ready] }, 'there is no Issuer "ca"', undefined],
  [
    'the Secret is of another',
    { conditions: [{ ...ready, status: 'False', reason: 'IncorrectCertificate', message: 'belongs to b' }] },
    undefined,
    'belongs to b',
  ],
  ['it has to wait', { conditions: [{ ...ready, type: 'certwright.dev/Limited', message: 'too often' }] }, undefined, 'too often'],
])('of a Certificate of which %s, the Ingress is told', (_when, status, issuerProblem, message) => {
  const later = plus(start, 10 * SECOND)
  const { actions } = decide(aWorld({ certificates: [aCertificate({ status })], issuerProblem }), later)
  const notice = { reason: 'CertificateFailed', message: `no certificate from Certificate "web-tls": ${message}` }
  expect(actions).toEqual(message === undefined ? [] : [{ do: 'tell', news: [notice], standing: [notice] }])
})

test('an issuer that is applied a moment later is waited for before a word is said', () => {
  const world = aWorld({ certificates: [aCertificate()], issuerProblem: 'there is no Issuer "ca"' })
  expect(decide(world, plus(start, SECOND))).toMatchObject({ actions: [], wakeAt: plus(start, 5 * SECOND) })
})

test('what the API server has refused is told and left alone until something changes or a while has passed', () => {
  const [create] = decide(aWorld(), start).actions
  if (create?.do !== 'create') throw new Error('a new Certificate is created')
  const until = plus(start, 60 * SECOND)
  const memory = { told: [], refusals: [{ name: 'web-tls', content: contentOf(create.wanted), why: 'refused', until }] }
  expect(decide(aWorld({ memory }), start)).toMatchObject({ actions: [{ do: 'tell', news: [{ message: 'refused' }] }], wakeAt: until })
  expect(decide(aWorld({ memory }), until).actions.map(inWords)).toEqual(['create web-tls'])
  const changed = aWorld({ memory, fields: { kind: 'ok', fields: { altNames: ['b.example.com'], ipSans: [] } } })
  expect(decide(changed, start).actions.map(inWords)).toEqual(['create web-tls'])
})

function inWords(action: Action): string {
  switch (action.do) {
    case 'create':
      return `create ${action.wanted.name}`
    case 'tell':
      return `tell ${action.news.map(({ reason }) => reason).join()}`
    default:
      return `${action.do} ${action.certificate.metadata.name}`
  }
}
