import type { Plain } from '@stockdb/contract/wire'
import type { ReadQuery, RowSource, Snapshot } from '../engine/engine.ts'
import { compileRead } from '../plan/compile-read.ts'
import type { QueryCache } from '../plan/prepared-query.ts'
import type { Read } from '../plan/read.ts'
import type { LookedUpValues, PlannedValue } from '../plan/read-types.ts'
import { collect } from './collect.ts'

/** What a statement reads. */
export interface PlannedRead {
  readonly read: Read
  readonly lookedUp: LookedUpValues
}

/** A source of rows that may have them without the database: it knows what each of its statements reads. */
export interface PlannedSource extends Snapshot {
  readonly planned: Map<ReadQuery, PlannedRead>
}

/** What reads need while a plan is executed. */
export interface Run {
  readonly source: RowSource & Partial<Pick<PlannedSource, 'planned'>>
  readonly cache: QueryCache
  readonly signal: AbortSignal
  readonly lookedUp: LookedUpValues
}

/** The statement of a read. */
export function queryOf({ source, cache, lookedUp }: Run, read: Read): ReadQuery {
  const query = compileRead(cache, read, lookedUp)
  source.planned?.set(query, { read, lookedUp })
  return query
}

/** Reads a small result completely, by columns. */
export const collectRead = (run: Run, read: Read): Promise<Plain[]> =>
  collect(run.source, queryOf(run, read), run.signal)

/** The value of a bound; `undefined` if its lookup found nothing. */
export const plannedValue = ({ lookedUp }: Pick<Run, 'lookedUp'>, bound: PlannedValue): string | undefined =>
  typeof bound === 'string' ? bound : lookedUp.get(bound.lookup)
