/** Each thread's `performance.now()` counts from its own start; the clock below it is the same for all. */
const AHEAD_MS = Number(process.hrtime.bigint() / 1_000n) / 1_000 - performance.now()

/** A moment of this thread's `performance.now()` on the clock of all threads. */
export const toShared = (moment: number): number => moment + AHEAD_MS

/** The reverse. */
export const fromShared = (moment: number): number => moment - AHEAD_MS
