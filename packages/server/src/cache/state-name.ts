import { UNKNOWN_STATE } from '@stockdb/contract/wire'
import type { DatabaseState } from './commit-watch.ts'

/**
 * The name by which clients keep an answer until the next commit. One that was counted by lists from memory, which may be older than
 * its rows, has none: it would stay when the lists are read again, because nothing is committed then.
 */
export const stateName = ({ name }: Pick<DatabaseState, 'name'>, settled: boolean): string =>
  (settled ? name : undefined) ?? UNKNOWN_STATE
