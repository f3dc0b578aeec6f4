import packageJson from '../package.json' with { type: 'json' }
import { createLog } from './app/log.ts'
import { readOptions } from './app/options.ts'
import { runOperator } from './app/operator.ts'
import { systemClock } from './lib/clock.ts'

const { version } = packageJson

if (process.argv.includes('--version')) {
  process.stdout.write(`certwright ${version}\n`)
} else {
  await main()
}

async function main(): Promise<void> {
  const reading = readOptions(process.argv.slice(2), process.env, process.pid)
  if (reading.kind === 'invalid') {
    process.stderr.write(`certwright: ${reading.why}\n`)
    process.exitCode = 2
    return
  }
  const log = createLog(reading.options)
  if (reading.ignored.length > 0) log.warn({ flags: reading.ignored }, 'flags without effect in this version are ignored')
  const stop = new AbortController()
  const onSignal = (name: NodeJS.Signals): void => {
    log.info({ signal: name }, 'stopping')
    stop.abort(new Error(`stopped by ${name}`))
  }
  process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)
  // Every failure has its own place to go to; one that nevertheless gets here is told and does not end the process.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'an error that nobody expected'))
  try {
    await runOperator({ options: reading.options, environment: process.env, version, clock: systemClock, log }, stop.signal)
    log.info({}, 'stopped')
  } catch (error) {
    log.error({ err: error }, 'the operator cannot run')
    process.exitCode = 1
  }
}
