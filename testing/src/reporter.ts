import type { Reporter, TestModule, TestRunEndReason, Vitest } from 'vitest/node'

/** Test counts of a run. */
export interface Counts {
  passed: number
  failed: number
  skipped: number
  /** Tests that failed at first and passed when they were repeated: part of `passed`. */
  flaky: readonly string[]
}

/**
 * Ends the output of a run with the plain line `N passed, N failed` (and `, N skipped` when there are any), after the
 * names of the tests that passed only on a retry. What fails outside a test counts as one failure each: an unreadable
 * file, a hook of a suite, an uncaught error. A run that ends with an exit code other than 0 never says `0 failed`.
 */
export default class CountsReporter implements Reporter {
  #counts: Counts = { passed: 0, failed: 0, skipped: 0, flaky: [] }

  onInit(vitest: Vitest): void {
    // Other reporters and the global teardown write after the end of the run; only at exit is this the last line.
    if (vitest.config.watch) return
    process.once('exit', (code) => {
      const failed = code === 0 ? this.#counts.failed : Math.max(1, this.#counts.failed)
      for (const name of this.#counts.flaky) process.stdout.write(`flaky: ${name}\n`)
      process.stdout.write(`${countsLine({ ...this.#counts, failed })}\n`)
    })
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<unknown>, reason: TestRunEndReason): void {
    this.#counts = count(modules)
    this.#counts.failed += errors.length
    if (reason !== 'passed') this.#counts.failed = Math.max(1, this.#counts.failed)
  }
}

function count(modules: ReadonlyArray<TestModule>): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0, flaky: [] as string[] }
  for (const module of modules) {
    counts.failed += module.errors().length
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      // A test that is still pending at the end of the run has no result: it did not pass.
      counts[state === 'pending' ? 'failed' : state] += 1
      if (test.diagnostic()?.flaky) counts.flaky.push(`${module.relativeModuleId} > ${test.fullName}`)
    }
  }
  return counts
}

export function countsLine({ passed, failed, skipped }: Omit<Counts, 'flaky'>): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
