import { describe, expect, test } from 'vitest'
import type { Dns01Solver } from '../../crds/dns01-solver.ts'
import { chooseProvider } from './providers.ts'

const secret = { name: 'credentials', key: 'token' }
const acmeDNS = { host: 'https://acme-dns.example.com', accountSecretRef: secret }
const digitalocean = { tokenSecretRef: secret }

describe('of a dns01 solver', () => {
  test.each<[title: string, solver: Dns01Solver, name: string]>([
    ['the provider that it names is used', { digitalocean }, 'digitalocean'],
    ['acmeDNS is used where it stands alone', { acmeDNS }, 'acmeDNS'],
    ['acmeDNS is not used beside another one, as ever', { acmeDNS, route53: {} }, 'route53'],
  ])('%s', (_title, solver, name) => {
    expect(chooseProvider(solver)).toMatchObject({ kind: 'ok', name })
  })

  test('two other providers are too many', () => {
    expect(chooseProvider({ digitalocean, route53: {} })).toEqual({
      kind: 'none',
      why: 'the dns01 solver names both digitalocean and route53; it needs one provider',
    })
  })

  test('no provider is too few', () => {
    expect(chooseProvider({ cnameStrategy: 'Follow' })).toEqual({
      kind: 'none',
      why: 'the dns01 solver names no provider that this version supports',
    })
  })
})
