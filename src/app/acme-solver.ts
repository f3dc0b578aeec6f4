import { challengePath } from '../solvers/http01/challenge-path.ts'
import { isHostHeaderOf } from '../solvers/http01/host-header.ts'
import { count, parseFlags, text } from './flags.ts'
import { serve, type HttpAnswer, type RunningServer } from './http-servers.ts'

const flags = { 'listen-address': text(''), 'listen-port': count(8089), domain: text(''), token: text(''), key: text('') } as const

export type AcmeSolverOptions = ReturnType<typeof parseFlags<typeof flags>>['values']

export type AcmeSolverReading =
  | { readonly kind: 'ok'; readonly options: AcmeSolverOptions }
  | { readonly kind: 'invalid'; readonly why: string }

/** Reads the arguments of a solver pod; they are those of cert-manager's solver. */
export function readAcmeSolverOptions(args: readonly string[]): AcmeSolverReading {
  const { values, invalid } = parseFlags(flags, args)
  if (invalid.length > 0) return { kind: 'invalid', why: `cannot read ${invalid.join(', ')}` }
  if (values['listen-port'] > 65_535) return { kind: 'invalid', why: '--listen-port is no port' }
  const missing = (['domain', 'token', 'key'] as const).filter((name) => values[name] === '')
  if (missing.length > 0) return { kind: 'invalid', why: `give ${missing.map((name) => `--${name}`).join(', ')}` }
  return { kind: 'ok', options: values }
}

/** What runs in a solver pod: answers one challenge, on every address unless one is given. It knows no cluster. Rejects when the port cannot be had. */
export function serveAcmeSolver(options: AcmeSolverOptions): Promise<RunningServer> {
  return serve({ kind: 'on', host: options['listen-address'] || undefined, port: options['listen-port'] }, ({ path, host }) =>
    Promise.resolve(acmeSolverAnswer(options, path, host)),
  )
}

/** The answer for its own name and its own token; `/` and `/healthz` tell probes that it runs. */
export function acmeSolverAnswer({ domain, token, key }: AcmeSolverOptions, path: string, host: string): HttpAnswer | undefined {
  if (path === '/' || path === '/healthz') return { status: 200, body: '' }
  if (path !== challengePath(token) || !isHostHeaderOf(host, domain)) return undefined
  return { status: 200, body: key, contentType: 'text/plain' }
}
