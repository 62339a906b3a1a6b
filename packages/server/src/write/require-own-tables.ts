import { StockdbError } from '@stockdb/contract/wire'
import type { Engine } from '../engine/engine.ts'
import { ownTables } from '../engine/own-tables.ts'
import { hasOwnTables } from '../engine/record-change.ts'

/** The engines whose database has the tables: they are not looked for again. */
const known = new WeakSet<Engine>()

/** Throws `SCHEMA_MISMATCH` where the database lacks the tables that writes take: only a migration makes them there. */
export async function requireOwnTables(engine: Engine, signal: AbortSignal): Promise<void> {
  if (known.has(engine)) return
  if (!(await hasOwnTables(engine, signal))) {
    const names = ownTables.map(({ name }) => name).join(', ')
    throw new StockdbError(
      'SCHEMA_MISMATCH',
      `the database lacks tables that writes need (${names}); "stockdb migrate" creates them`,
    )
  }
  known.add(engine)
}
