import type { SerializedError } from 'vitest'
import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends the output with `N passed, N failed` alone on a line. A file that does not load, a failing hook around tests and an error outside
 * of all tests count as one failure each, and so does a run without any test.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const { passed, failed } = countResults(modules, unhandledErrors.length)
    if (failed > 0) process.exitCode = 1
    // When the process exits is after whatever other reporters still have to say.
    process.once('exit', () => process.stdout.write(`\n${passed} passed, ${failed} failed\n`))
  }
}

function countResults(modules: readonly TestModule[], errors: number): { readonly passed: number; readonly failed: number } {
  let passed = 0
  let failed = errors
  for (const module of modules) {
    failed += module.errors().length > 0 ? 1 : 0
    for (const suite of module.children.allSuites()) failed += suite.errors().length > 0 ? 1 : 0
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      passed += state === 'passed' ? 1 : 0
      // A test that was not reached (`pending`) has not passed either.
      failed += state === 'failed' || state === 'pending' ? 1 : 0
    }
  }
  return passed + failed === 0 ? { passed, failed: 1 } : { passed, failed }
}
