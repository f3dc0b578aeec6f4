import packageJson from '../package.json' with { type: 'json' }

const { version } = packageJson

if (process.argv.includes('--version')) {
  process.stdout.write(`certwright ${version}\n`)
} else if (process.argv[2] === 'acmesolver') {
  await solve()
} else {
  await operate()
}

/** The operator. It is loaded here, so that a solver pod need not. */
async function operate(): Promise<void> {
  const [{ createLog }, { loadOptions }, { runOperator }, { systemClock }] = await Promise.all([
    import('./app/log.ts'),
    import('./app/options.ts'),
    import('./app/operator.ts'),
    import('./lib/clock.ts'),
  ])
  const reading = await loadOptions(process.argv.slice(2), process.env, process.pid)
  if (reading.kind === 'invalid') return refuse(reading.why)
  const log = createLog(reading.options, process.pid)
  if (reading.ignored.length > 0) log.warn({ flags: reading.ignored }, 'flags and fields without effect in this version are ignored')
  const stop = stopSignal((signal) => log.info({ signal }, 'stopping'))
  // Every failure has its own place to go to; one that nevertheless gets here is told and does not end the process.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'an error that nobody expected'))
  try {
    await runOperator({ options: reading.options, environment: process.env, version, clock: systemClock, log }, stop)
    log.info({}, 'stopped')
  } catch (error) {
    log.error({ err: error }, 'the operator cannot run')
    process.exitCode = 1
  }
}

/** What runs in a solver pod: it answers one HTTP-01 challenge until it is stopped. */
async function solve(): Promise<void> {
  const { readAcmeSolverOptions, serveAcmeSolver } = await import('./app/acme-solver.ts')
  const reading = readAcmeSolverOptions(process.argv.slice(3))
  if (reading.kind === 'invalid') return refuse(reading.why)
  const server = await serveAcmeSolver(reading.options)
  process.stdout.write(`certwright acmesolver: answers for ${reading.options.domain} on port ${server.port ?? 0}\n`)
  stopSignal(() => void server.close())
}

function refuse(why: string): void {
  process.stderr.write(`certwright: ${why}\n`)
  process.exitCode = 2
}

function stopSignal(onStop: (name: NodeJS.Signals) => void): AbortSignal {
  const stop = new AbortController()
  const onSignal = (name: NodeJS.Signals): void => {
    onStop(name)
    stop.abort(new Error(`stopped by ${name}`))
  }
  process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)
  return stop.signal
}
