import type { ShimSettings } from '../controllers/shim/settings.ts'
import type { Options } from './options.ts'

/** What the flags say about how Ingresses, Gateways and ListenerSets ask for certificates. */
export function shimSettings(options: Options): ShimSettings {
  return {
    defaultIssuer: {
      name: options['default-issuer-name'],
      kind: options['default-issuer-kind'],
      group: options['default-issuer-group'],
    },
    autoAnnotations: options['auto-certificate-annotations'],
    extraAnnotations: options['extra-certificate-annotations'],
    extraProtocols: options['gateway-api-extra-protocols'],
  }
}
