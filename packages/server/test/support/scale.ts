/** Number of repetitions: `full` in `npm run faults`, fewer in CI. */
export function times(inCi: number, full: number): number {
  return process.env.STOCKDB_FAULTS === 'full' ? full : inCi
}
