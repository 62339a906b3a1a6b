import type { StateAnswer } from '@stockdb/contract/wire'
import type { Caller } from '../caller.ts'
import { errorOf } from '../errors.ts'
import { type CacheOptions, checkedCache } from './cache-options.ts'
import type { FolderPart } from './folder.ts'
import { FrameCache } from './frame-cache.ts'

/** What a client keeps, before it knows its server. */
export interface Keeping {
  readonly folder: FolderPart | undefined
  cacheOf(caller: Caller): FrameCache
}

/** Opens what a client keeps. Throws `INVALID_INPUT` for an option that is not one. */
export async function openCache(
  given: boolean | CacheOptions | undefined,
  { url, token, offline }: { readonly url: string; readonly token: string | undefined; readonly offline: boolean },
): Promise<Keeping> {
  const options = checkedCache(typeof given === 'object' ? given : {})
  const { dir, maxDiskBytes } = options
  if (offline && dir === undefined)
    throw errorOf('INVALID_INPUT', 'offline: got true without cache.dir; expected the folder that has the answers')
  // Loaded lazily: not in browsers.
  const folder = dir === undefined ? undefined : await (await import('./folder.ts')).CacheFolder.open(dir, maxDiskBytes)
  const part = folder?.of(url, token)
  return {
    folder: part,
    cacheOf: (caller) =>
      new FrameCache(options, () => caller.json<StateAnswer>('meta.state', undefined), { folder: part, offline }),
  }
}
