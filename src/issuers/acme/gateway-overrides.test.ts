import { describe, expect, test } from 'vitest'
import type { AcmeSolver, ParentReference } from '../../crds/issuer.ts'
import { gatewayOverrides } from './gateway-overrides.ts'

const name = 'acme.cert-manager.io/http01-parentrefname'
const kind = 'acme.cert-manager.io/http01-parentrefkind'
const namespace = 'acme.cert-manager.io/http01-parentrefnamespace'
const edge = { [name]: 'edge', [kind]: 'Gateway' }

type Annotations = Readonly<Record<string, string>>
const overridden = (parentRefs: readonly ParentReference[] | undefined, annotations: Annotations = {}) =>
  gatewayOverrides(
    { http01: { gatewayHTTPRoute: { labels: { team: 'edge' }, ...(parentRefs === undefined ? {} : { parentRefs }) } } },
    { name: 'order', namespace: 'shop', annotations },
  )

describe('the parents of a solver', () => {
  test.each<
    [when: string, configured: readonly ParentReference[] | undefined, annotations: Annotations, parents: readonly ParentReference[]]
  >([
    ['no annotation names one, are the issuer’s', [{ name: 'main' }], {}, [{ name: 'main' }]],
    [
      'only annotations name one, are that, in the namespace of the Order',
      undefined,
      edge,
      [{ namespace: 'shop', name: 'edge', kind: 'Gateway' }],
    ],
    [
      'annotations name one elsewhere, are that too',
      [{ name: 'main' }],
      { ...edge, [namespace]: 'infra' },
      [{ name: 'main' }, { namespace: 'infra', name: 'edge', kind: 'Gateway' }],
    ],
    [
      'the namespace is empty, are in that of the Order',
      [],
      { ...edge, [namespace]: '' },
      [{ namespace: 'shop', name: 'edge', kind: 'Gateway' }],
    ],
    [
      'both name the same, have it once',
      [
        { namespace: 'shop', name: 'edge' },
        { namespace: 'shop', name: 'edge', kind: 'ListenerSet' },
      ],
      edge,
      [
        { namespace: 'shop', name: 'edge', kind: 'ListenerSet' },
        { namespace: 'shop', name: 'edge', kind: 'Gateway' },
      ],
    ],
  ])('when %s', (_when, configured, annotations, parentRefs) => {
    expect(overridden(configured, annotations)).toEqual({
      kind: 'ok',
      solver: { http01: { gatewayHTTPRoute: { labels: { team: 'edge' }, parentRefs } } },
    })
  })
})

test.each<[what: string, annotations: Annotations, why: string]>([
  ['nothing', {}, 'no Gateway is named'],
  ['a name without a kind', { [name]: 'edge' }, 'set both or neither'],
  ['a kind without a name', { [kind]: 'Gateway' }, 'set both or neither'],
  ['a kind that cannot be', { ...edge, [kind]: 'a gateway' }, kind],
  ['a namespace that cannot be', { ...edge, [namespace]: '../infra' }, namespace],
  ['an empty name', { ...edge, [name]: '' }, name],
])('%s leads nowhere, and a sentence says so', (_what, annotations, why) => {
  expect(overridden(undefined, annotations)).toEqual({ kind: 'contradictory', why: expect.stringContaining(why) })
})

test('a solver without a route is left as it is', () => {
  const solver: AcmeSolver = { http01: { ingress: { ingressClassName: 'nginx' } } }
  expect(gatewayOverrides(solver, { name: 'order', annotations: edge })).toEqual({ kind: 'ok', solver })
})
