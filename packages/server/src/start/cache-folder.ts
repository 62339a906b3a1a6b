import { join } from 'node:path'
import { type Bounds, OFF } from '../bounds/settings.ts'
import { CacheFolder } from '../cache/cache-folder.ts'
import type { Log } from '../telemetry/log.ts'
import { version } from '../version.ts'
import type { StartOptions } from './options.ts'
import type { WorkerGroup } from './worker-group.ts'

/**
 * Opens the folder in which a server keeps answers over a restart, if it is to have one; each of several workers has its own in
 * there. Throws a `TypeError` for a folder that cannot be used.
 */
export async function openCacheFolder(
  { cacheDir, database }: Pick<StartOptions, 'cacheDir' | 'database'>,
  { cacheMemoryBytes, cacheMaxAgeMs, cacheDiskBytes }: Bounds,
  group: WorkerGroup | undefined,
  log: Log,
): Promise<CacheFolder | undefined> {
  if (cacheDir === undefined) return undefined
  if (cacheMaxAgeMs === OFF || cacheMemoryBytes === 0)
    throw new TypeError(
      '--cache-dir: got it with a cache that is off; expected it without --cache-max-age off or --cache-memory 0',
    )
  const own = group ? join(cacheDir, `worker-${group.worker}`) : cacheDir
  return CacheFolder.open(own, cacheDiskBytes, JSON.stringify([version, withoutPassword(database)]), log)
}

/** Answers stay the same when a password changes. */
const withoutPassword = (address: string): string => address.replace(/^([a-z][\w+.-]*:\/\/[^:/?#@]*):.*@/is, '$1@')
