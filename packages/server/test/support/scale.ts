/** A number of repetitions, or a list: `full` in `npm run faults`, less in CI. */
export function times<T>(inCi: T, full: T): T {
  return process.env.STOCKDB_FAULTS === 'full' ? full : inCi
}
