import type { Batch } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import type { Engine, ReadColumn } from '../../engine/engine.ts'
import { tableChanged } from '../../engine/read-tables.ts'
import type { RepeatPlan } from '../../engine/repeat-plan.ts'
import { Repeats } from './repeats.ts'

/**
 * Looks for repeats of a key that the database enforced when its table was looked at: it may have been dropped since. Other databases
 * say so before they read.
 */
export class EnforcedKey {
  readonly #engine: Pick<Engine, 'changes'>
  readonly #plan: RepeatPlan
  readonly #repeats: Repeats

  /** Nothing if the database tells its readers of every change. */
  static of(
    engine: Pick<Engine, 'changes' | 'dataVersion'>,
    plan: RepeatPlan,
    columns: readonly ReadColumn[],
    limit: number | undefined,
  ): EnforcedKey | undefined {
    return engine.dataVersion ? undefined : new EnforcedKey(engine, plan, columns, limit)
  }

  private constructor(
    engine: Pick<Engine, 'changes'>,
    plan: RepeatPlan,
    columns: readonly ReadColumn[],
    limit: number | undefined,
  ) {
    this.#engine = engine
    this.#plan = plan
    const { dataset, table, key } = plan
    this.#repeats = new Repeats({ dataset, table, key }, columns, limit)
  }

  /** The batch. Throws `DUPLICATE_KEY`; or `DATABASE_INTERRUPTED`, for a retry, if the dataset declares which row counts. */
  take(batch: Batch): Batch {
    try {
      return this.#repeats.take(batch)
    } catch (error) {
      if (!(error instanceof StockdbError)) throw error
      const { table, onDuplicate } = this.#plan
      this.#engine.changes.doubt([table])
      throw onDuplicate === undefined ? error : tableChanged([table])
    }
  }
}
