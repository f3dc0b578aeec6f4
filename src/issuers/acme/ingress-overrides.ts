import { annotation } from '../../crds/annotations.ts'
import type { AcmeSolver } from '../../crds/issuer.ts'

export type Overridden = { readonly kind: 'ok'; readonly solver: AcmeSolver } | { readonly kind: 'contradictory'; readonly why: string }

const overrides = {
  name: annotation.http01OverrideIngressName,
  class: annotation.http01OverrideIngressClass,
  ingressClassName: annotation.http01OverrideIngressClassName,
} as const

/** The solver with the Ingress that the Order's annotations ask for in the place of the issuer's. At most one of them may be set. */
export function ingressOverrides(solver: AcmeSolver, annotations: Readonly<Record<string, string>>): Overridden {
  const ingress = solver.http01?.ingress
  const given = Object.entries(overrides).filter(([, key]) => annotations[key] !== undefined)
  if (ingress === undefined || given.length === 0) return { kind: 'ok', solver }
  if (given.length > 1) {
    return { kind: 'contradictory', why: `set only one of the annotations ${given.map(([, key]) => key).join(', ')}` }
  }

  const { name: _name, class: _class, ingressClassName: _ingressClassName, ...rest } = ingress
  const chosen = Object.fromEntries(given.map(([field, key]) => [field, annotations[key]]))
  return { kind: 'ok', solver: { ...solver, http01: { ...solver.http01, ingress: { ...rest, ...chosen } } } }
}
