import { expect, test } from 'vitest'
import type { EndpointSlice } from '../../kube/kinds.ts'
import { answeringReplicas } from './replicas.ts'

const sliceOf = (...endpoints: readonly (readonly [address: string, ready?: boolean])[]): EndpointSlice =>
  ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'replicas', namespace: 'operators' },
    addressType: 'IPv4',
    endpoints: endpoints.map(([address, ready]) => ({ addresses: [address], conditions: ready === undefined ? {} : { ready } })),
    ports: [],
  }) as EndpointSlice

test.each<[when: string, own: string | undefined, slices: readonly EndpointSlice[] | undefined, then: readonly string[]]>([
  ['there is no Service', '10.0.0.1', undefined, ['10.0.0.1']],
  ['the Service has no endpoints', '10.0.0.1', [], ['10.0.0.1']],
  ['only itself is ready', '10.0.0.1', [sliceOf(['10.0.0.1', true])], ['10.0.0.1']],
  ['it is not ready itself', '10.0.0.1', [sliceOf(['10.0.0.1', false], ['10.0.0.2', true])], ['10.0.0.1', '10.0.0.2']],
  ['another one is not ready', '10.0.0.1', [sliceOf(['10.0.0.1', true], ['10.0.0.2', false], ['10.0.0.3'])], ['10.0.0.1', '10.0.0.3']],
  [
    'they are in two lists',
    '10.0.0.1',
    [sliceOf(['10.0.0.3', true]), sliceOf(['10.0.0.2', true], ['10.0.0.3'])],
    ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
  ],
  ['a list has null for its endpoints', '10.0.0.1', [{ ...sliceOf(), endpoints: null } as unknown as EndpointSlice], ['10.0.0.1']],
  ['it does not know its own address', undefined, [sliceOf(['10.0.0.2', true])], []],
])('when %s', (_when, own, slices, then) => {
  const lister = slices === undefined ? undefined : { get: () => undefined, list: () => slices }
  expect(answeringReplicas({ own, port: 8089, slices: lister }).addresses()).toEqual(then)
})
