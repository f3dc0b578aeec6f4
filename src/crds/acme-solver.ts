import { solverRules } from './acme-solver-rules.ts'
import { dnsPersist01Solver } from './dns-persist01-solver.ts'
import { dns01Solver } from './dns01-solver.ts'
import { http01Solver } from './http01-solver.ts'
import { durationRules } from './rules.ts'
import type { TypeOf } from './schema.ts'
import { duration, list, map, object, text } from './schema.ts'
import { tlsAlpn01Solver } from './tls-alpn01-solver.ts'

export interface AcmeSolver extends TypeOf<typeof acmeSolver> {}
export interface SolverSelector extends TypeOf<typeof selector> {}

const selector = object('For which names this solver is used; for all when left out.', {
  matchLabels: map(text(), 'Labels that the Certificate must have.'),
  dnsNames: list(text(), 'Exactly these names; goes before dnsZones.'),
  dnsZones: list(text(), 'Names in these zones; the longest match goes first.'),
})

/** How control of a name is proved to the ACME server. */
export const acmeSolver = object(
  'A way to prove control; name exactly one of http01, dns01, tlsALPN01 and dnsPersist01.',
  {
    selector,
    http01: http01Solver,
    dns01: dns01Solver,
    tlsALPN01: tlsAlpn01Solver,
    dnsPersist01: dnsPersist01Solver,
    waitInsteadOfSelfCheck: duration('Wait this long instead of looking whether the answer can be seen.', {
      maxLength: 256,
      rules: durationRules,
    }),
  },
  { rules: solverRules },
)
