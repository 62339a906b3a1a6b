import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { countsLine } from '../src/reporter.ts'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** The last line of a real run over one of the fixture files, and its exit code. */
function run(fixture: string, setup = 'teardown'): { last: string | undefined; code: number | null } {
  const { lines, code } = outputOf(fixture, setup)
  return { last: lines.at(-1), code }
}

function outputOf(fixture: string, setup: string): { lines: string[]; code: number | null } {
  const result = spawnSync(
    process.execPath,
    [
      path('../../node_modules/vitest/vitest.mjs'),
      'run',
      `--config=${path('./fixtures/reporter/vitest.config.ts')}`,
      `${fixture}.fixture.ts`,
    ],
    {
      env: { ...process.env, CI: 'true', FIXTURE_SETUP: setup },
      encoding: 'utf8',
      timeout: 25_000,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  return { lines: result.stdout.trimEnd().split('\n'), code: result.status }
}

describe('the last line of a run', () => {
  it('counts tests, even if the teardown prints afterwards', () => {
    expect(run('passing')).toEqual({ last: '1 passed, 0 failed', code: 0 })
  })

  it('counts a failed hook as a failure and names what was skipped', () => {
    expect(run('mixed')).toEqual({ last: '2 passed, 2 failed, 2 skipped', code: 1 })
  })

  it('counts a file that cannot be collected as a failure', () => {
    expect(run('unreadable')).toEqual({ last: '0 passed, 1 failed', code: 1 })
  })

  it('counts an uncaught error as a failure', () => {
    expect(run('unhandled')).toEqual({ last: '1 passed, 1 failed', code: 1 })
  })

  it('never says 0 failed when no test was found', () => {
    expect(run('there-is-none')).toEqual({ last: '0 passed, 1 failed', code: 1 })
  })

  it('never says 0 failed when the global set-up failed', () => {
    expect(run('passing', 'failing-setup')).toEqual({ last: '0 passed, 1 failed', code: 1 })
  })

  it('names a test that passed only on a retry, and counts it as passed', () => {
    const { lines, code } = outputOf('flaky', 'teardown')
    expect(lines.slice(-2)).toEqual(['flaky: flaky.fixture.ts > passes the second time', '1 passed, 0 failed'])
    expect(code).toBe(0)
  })

  it('omits the skipped count if it is 0', () => {
    expect(countsLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed')
  })
})
