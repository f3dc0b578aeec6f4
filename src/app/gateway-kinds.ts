import { isGateOn } from './feature-gates.ts'
import type { Options } from './options.ts'

/** Which kinds of the Gateway API the operator looks at. */
export interface GatewayKinds {
  readonly gateways: boolean
  readonly listenerSets: boolean
}

/** Each has a flag and a feature gate; ListenerSets need their Gateways too. */
export function gatewayKinds(
  options: Pick<Options, 'feature-gates' | 'enable-gateway-api' | 'enable-gateway-api-listenerset'>,
): GatewayKinds {
  const gates = options['feature-gates']
  const gateways = options['enable-gateway-api'] && isGateOn('ExperimentalGatewayAPISupport', gates)
  return { gateways, listenerSets: gateways && options['enable-gateway-api-listenerset'] && isGateOn('ListenerSets', gates) }
}
