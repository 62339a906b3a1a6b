import type { Catalogue } from '@stockdb/contract'
import { rolesOf, tableName } from '@stockdb/contract/internal'
import { deadline } from '../engine/deadline.ts'
import type { Engine } from '../engine/engine.ts'
import type { TableGuard } from '../engine/table-guard.ts'
import type { QueryCache } from '../plan/prepared-query.ts'
import { selectSuspensions } from '../plan/suspensions.ts'
import { SuspendedDays } from './cells/suspended-days.ts'
import { Kept, readTimes } from './kept.ts'

const READ_TIMEOUT_MS = 60_000
/** The most rows kept, at four bytes each; with more, suspensions are unknown. */
const MAX_ROWS = 4_000_000

/**
 * The days on which stocks were suspended, from the dataset of the catalogue: read when something is first missing, and kept
 * in memory for a while.
 */
export class Suspensions {
  readonly #kept: Kept<SuspendedDays> | undefined

  constructor(engine: Engine, tables: TableGuard, catalogue: Catalogue, cache: QueryCache) {
    const { suspensions: table } = rolesOf(catalogue)
    if (!table) return
    const kept = new Kept(async () => {
      await tables.check(table.dataset)
      const days = new SuspendedDays(Date.now())
      for await (const { batch } of engine.read(selectSuspensions(cache, table), deadline(READ_TIMEOUT_MS))) {
        const [symbols, dates] = batch.vectors
        if (symbols?.type !== 'symbol' || dates?.type !== 'date') continue
        days.add(symbols.values, symbols.dictionary, dates.values)
        if (days.rows > MAX_ROWS) return undefined
      }
      return days.rows === 0 ? undefined : days.close()
    })
    this.#kept = kept
    engine.onCommit((commit) => {
      if (commit.table === tableName(table.dataset)) kept.forget()
    })
  }

  /** When they were read, if they were. */
  get readAt(): readonly number[] {
    return readTimes(this.#kept ? [this.#kept] : [])
  }

  /** The days, or `undefined` if they cannot be read for any reason. */
  ifKnown(): SuspendedDays | undefined | Promise<SuspendedDays | undefined> {
    return this.#kept?.ifKnown()
  }
}
