/** How often something is done: `full` times in `npm run faults`, and in CI as often as its minutes allow. */
export function times(inCi: number, full: number): number {
  return process.env.STOCKDB_FAULTS === 'full' ? full : inCi
}
