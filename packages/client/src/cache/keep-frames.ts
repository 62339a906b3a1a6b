import type { StateAnswer } from '@stockdb/contract/wire'
import type { Caller } from '../caller.ts'
import { type CacheOptions, checkedCache } from './cache-options.ts'
import { FrameCache } from './frame-cache.ts'

/** Opens the cache of a client. Throws `INVALID_INPUT` for an option that is not one. */
export const openCache = (options: boolean | CacheOptions | undefined, caller: Caller): FrameCache =>
  new FrameCache(checkedCache(typeof options === 'object' ? options : {}), () =>
    caller.json<StateAnswer>('meta.state', undefined),
  )
