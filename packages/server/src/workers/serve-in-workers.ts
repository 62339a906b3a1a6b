import type { Bounds } from '../bounds/settings.ts'
import { wholeBounds } from '../bounds/whole-bounds.ts'
import { lockedFileOf } from '../engine/open.ts'
import { shareOfBounds } from './share-of-bounds.ts'
import { type Supervised, type SupervisorOptions, supervise } from './supervisor.ts'

export const MAX_WORKERS = 64

export interface ServeInWorkersOptions extends Omit<SupervisorOptions, 'bounds'> {
  readonly database: string
  /** Those that were given. */
  readonly bounds: Partial<Bounds>
}

/**
 * Starts a server of several workers. Rejects with a `TypeError` if there cannot be so many: a database that one engine has for itself, or
 * fewer connections.
 */
export async function serveInWorkers({ database, bounds, ...options }: ServeInWorkersOptions): Promise<Supervised> {
  const { workers } = options
  if (lockedFileOf(database) !== undefined)
    throw new TypeError(
      `--workers: got ${workers}; expected 1 with this database, which only one thread of one process can open`,
    )
  const whole = wholeBounds(bounds)
  shareOfBounds(whole, bounds, 1, workers)
  return supervise({ ...options, bounds: whole })
}
