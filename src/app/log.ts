import pino from 'pino'
import type { Log } from '../runtime/log.ts'
import type { Options } from './options.ts'

/** Names under which a key or password could stand in logged fields; a last net, since such values are `Redacted` where they are read. */
const censored = ['data', 'stringData', 'token', 'password', 'privateKey', 'hmacKey', 'key.pem', '"tls.key"'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
])

/** The log of the process: JSON lines on standard output. `-v` as Kubernetes users know it: 0 and 1 warn less, 4 and more show debug lines. */
export function createLog(options: Pick<Options, 'v'>): Log {
  const logger = pino({
    level: options.v >= 4 ? 'debug' : options.v === 0 ? 'warn' : 'info',
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: censored, censor: '[redacted]' },
    serializers: { err: pino.stdSerializers.err },
  })
  // Bound, because a line may be chosen first and called later; pino's own methods need their object.
  return {
    debug: logger.debug.bind(logger),
    info: logger.info.bind(logger),
    warn: logger.warn.bind(logger),
    error: logger.error.bind(logger),
  }
}
