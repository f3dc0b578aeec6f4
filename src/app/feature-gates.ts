import { onOff, type Flag } from './flags.ts'

/** What is behind a gate, and whether it is on by itself. The names are the incumbent's; `DNSPersist01` is our own. */
const gates = {
  ACMEHTTP01IngressPathTypeExact: true,
  ACMEUseARI: true,
  DNSPersist01: false,
  ExperimentalCertificateSigningRequestControllers: false,
  ExperimentalGatewayAPISupport: true,
  ListenerSets: false,
  UseCertificateRequestBasicConstraints: false,
} as const

export type FeatureGate = keyof typeof gates

export interface GateSetting {
  readonly name: string
  readonly isOn: boolean
}

/** `--feature-gates=A=true,B=false`. */
export const featureGates: Flag<readonly GateSetting[]> = { fallback: [], parse: parseGates, addsToFile: true }

/** Whether something is switched on; the last word on a gate wins. */
export function isGateOn(gate: FeatureGate, settings: readonly GateSetting[]): boolean {
  return settings.findLast(({ name }) => name === gate)?.isOn ?? gates[gate]
}

/** The gates that are set and have no effect here. */
export function unknownGates(settings: readonly GateSetting[]): readonly string[] {
  return settings.map(({ name }) => name).filter((name) => !Object.hasOwn(gates, name))
}

function parseGates(text: string): readonly GateSetting[] | undefined {
  if (text === '') return []
  const settings = text.split(',').map(parseGate)
  return settings.every((setting) => setting !== undefined) ? settings : undefined
}

function parseGate(text: string): GateSetting | undefined {
  const [name = '', value = ''] = text.trim().split('=', 2)
  const isOn = onOff(false).parse(value)
  return name === '' || isOn === undefined ? undefined : { name, isOn }
}
