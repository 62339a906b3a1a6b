import { expect } from 'vitest'
import type { Watcher } from './process-list.ts'

/** Invariant 3: how soon the query of a caller who left is gone from the database. */
const GONE_MS = 250
/** What a machine may take that has other tests to run at the same moment. */
const BUSY_MS = 5_000

/** Milliseconds until the account runs no query any more; fails when it never comes to that. */
export async function msUntilGone(account: Watcher): Promise<number> {
  const ms = await account.msUntilIdle(BUSY_MS)
  expect(ms).toBeLessThanOrEqual(BUSY_MS)
  return ms
}

/** Of many times nine in ten must be within the limit: those that are not met another test on this machine. */
export function expectGone(times: readonly number[]): void {
  const sorted = times.toSorted((a, b) => a - b)
  expect(
    sorted[Math.floor(sorted.length * 0.9)],
    `all times: ${sorted.map(Math.round).join(', ')}`,
  ).toBeLessThanOrEqual(GONE_MS)
}
