import { isEnabled } from './enabled.ts'
import { isGateOn } from './feature-gates.ts'
import type { Options } from './options.ts'

/** The controller that signs CertificateSigningRequests of Kubernetes. */
export const SIGNING_REQUESTS = 'certificatesigningrequests'

/** Whether it runs, and so whether its kind is watched: off unless the feature gate, or its name in `--controllers`, switches it on. */
export function signsForKubernetes(options: Pick<Options, 'controllers' | 'feature-gates'>): boolean {
  const isGated = isGateOn('ExperimentalCertificateSigningRequestControllers', options['feature-gates'])
  const named = options.controllers.filter((item) => item !== '*')
  return isEnabled(SIGNING_REQUESTS, isGated ? [SIGNING_REQUESTS, ...named] : named)
}
