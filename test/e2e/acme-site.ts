import { beforeAll } from 'vitest'
import type { AcmeIssuer, AcmeSolver } from '../../src/crds/issuer.ts'
import type { AcmeOptions, AcmeServer } from '../testbed/acme-server.ts'
import type { IngressController, IngressControllerOptions } from '../testbed/ingress-controller.ts'
import type { OperatorOptions } from '../testbed/operator.ts'
import { operatorUnderTest } from './operator-under-test.ts'
import type { OperatorUnderTest } from './operator-under-test.ts'

/** A cluster with an ingress controller, beside an ACME server that looks challenges up through it. */
export interface AcmeSite {
  readonly underTest: OperatorUnderTest
  readonly acme: AcmeServer
  readonly ingress: IngressController
  /** Flags without which an operator would not find the names of this site. */
  readonly flags: readonly string[]
  readonly start: (options?: OperatorOptions) => ReturnType<OperatorUnderTest['start']>
  /** `spec.acme` of an issuer for this server; HTTP-01 through the ingress controller's class unless told otherwise. */
  readonly issuerSpec: (more?: Partial<AcmeIssuer>) => { readonly acme: AcmeIssuer }
  readonly httpSolver: AcmeSolver
}

/** Gives a test file such a site. The file starts its operators itself. */
export function acmeSite(name: string, options: AcmeOptions = {}, serving: IngressControllerOptions = {}): () => AcmeSite {
  const underTest = operatorUnderTest({ name, startsOwn: true })
  let site: AcmeSite | undefined
  beforeAll(async () => {
    const { testbed, start } = underTest()
    const ingress = await testbed.startIngressController(serving)
    const acme = await testbed.startAcme(options)
    const flags = [`--acme-http01-solver-nameservers=${acme.dns.server}`]
    const httpSolver: AcmeSolver = { http01: { ingress: { ingressClassName: ingress.className } } }
    site = {
      underTest: underTest(),
      acme,
      ingress,
      flags,
      httpSolver,
      start: (given = {}) => start({ ...given, flags: [...flags, ...(given.flags ?? [])] }),
      issuerSpec: (more = {}) => ({
        acme: {
          server: acme.directoryUrl,
          caBundle: Buffer.from(acme.caPem).toString('base64'),
          privateKeySecretRef: { name: 'account' },
          solvers: [httpSolver],
          ...more,
        },
      }),
    }
  })
  return () => {
    if (site === undefined) throw new Error('the site starts in beforeAll: call this within a test or a hook')
    return site
  }
}
