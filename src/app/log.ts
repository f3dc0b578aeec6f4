import pino from 'pino'
import type { Log } from '../runtime/log.ts'
import type { Options } from './options.ts'
import { textLine } from './text-line.ts'

/** Where the lines of the log go. */
export interface LogOutput {
  readonly write: (line: string) => void
}

/** Names under which a key or password could stand in logged fields; a last net, since such values are `Redacted` where they are read. */
const censored = ['data', 'stringData', 'token', 'password', 'privateKey', 'hmacKey', 'key.pem', '"tls.key"'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
])

/**
 * The log of the process: lines of JSON or text on standard output. `-v` as Kubernetes users know it: 0 and 1 warn less, 4 and more show
 * debug lines.
 */
export function createLog(options: Pick<Options, 'v' | 'logging-format'>, processId: number, output: LogOutput = pino.destination(1)): Log {
  const logger = pino(
    {
      level: options.v >= 4 ? 'debug' : options.v === 0 ? 'warn' : 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: censored, censor: '[redacted]' },
      serializers: { err: pino.stdSerializers.err },
    },
    // From the line that is written in any case, so that nothing is told as text that JSON would not tell.
    options['logging-format'] === 'json' ? output : { write: (line: string) => output.write(textLine(line, processId)) },
  )
  // Bound, because a line may be chosen first and called later; pino's own methods need their object.
  return {
    debug: logger.debug.bind(logger),
    info: logger.info.bind(logger),
    warn: logger.warn.bind(logger),
    error: logger.error.bind(logger),
  }
}
