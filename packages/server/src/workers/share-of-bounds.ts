import { type Bounds, settings } from '../bounds/settings.ts'

/** Bounds of what each worker has for itself. The other ones hold for all workers together, or for one call. */
const divided = [
  'connections',
  'maxWrites',
  'sqlConnections',
  'queueLength',
  'cacheMemoryBytes',
  'cacheDiskBytes',
] as const
/** Those of which each worker needs one. */
const needed: readonly (typeof divided)[number][] = ['connections', 'maxWrites', 'sqlConnections']

/** The part of a total that a worker gets; workers count from 1, and the first ones get what is left over. */
export function share(total: number, worker: number, workers: number): number {
  return Math.floor(total / workers) + (worker <= total % workers ? 1 : 0)
}

/**
 * What one of several workers may use of the bounds of a server. Throws a `TypeError` if there are more workers than connections,
 * or than another given bound of which each worker needs one.
 */
export function shareOfBounds(bounds: Bounds, given: Partial<Bounds>, worker: number, workers: number): Bounds {
  for (const name of needed)
    if (bounds[name] < workers && (name === 'connections' || given[name] !== undefined))
      throw new TypeError(
        `--workers (${workers}) is above --${settings[name].flag} (${bounds[name]}): each worker needs one; lower the first or raise the second`,
      )
  const parts = divided.map((name) => {
    const part = share(bounds[name], worker, workers)
    return [name, name === 'cacheMemoryBytes' || bounds[name] === 0 ? part : Math.max(1, part)]
  })
  return { ...bounds, ...Object.fromEntries(parts) }
}
