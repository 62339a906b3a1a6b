import type { Plain } from '@stockdb/contract/wire'
import type { ReadQuery, RowSource } from '../engine/engine.ts'
import { compileRead } from '../plan/compile-read.ts'
import type { QueryCache } from '../plan/prepared-query.ts'
import type { Read } from '../plan/read.ts'
import type { LookedUpValues, PlannedValue } from '../plan/read-types.ts'
import { collect } from './collect.ts'

/** What reads need while a plan is executed. */
export interface Run {
  readonly source: RowSource
  readonly cache: QueryCache
  readonly signal: AbortSignal
  readonly lookedUp: LookedUpValues
}

/** The statement of a read. */
export const queryOf = ({ cache, lookedUp }: Run, read: Read): ReadQuery => compileRead(cache, read, lookedUp)

/** Reads a small result completely, by columns. */
export const collectRead = (run: Run, read: Read): Promise<Plain[]> =>
  collect(run.source, queryOf(run, read), run.signal)

/** The value of a bound; `undefined` if its lookup found nothing. */
export const plannedValue = ({ lookedUp }: Pick<Run, 'lookedUp'>, bound: PlannedValue): string | undefined =>
  typeof bound === 'string' ? bound : lookedUp.get(bound.lookup)
