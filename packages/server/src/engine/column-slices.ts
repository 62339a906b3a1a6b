import type { Dataset } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import type { Engine, ReadColumn } from './engine.ts'
import { tableId } from './table-ref.ts'
import type { TableShape } from './table-shape.ts'

/** Rows per statement, which take a few tenths of a second. */
const SLICE_ROWS = 50_000

/** A part of a table, as a condition on its rows `t`; undefined for the whole table. */
export interface Slice {
  readonly where: RawBuilder<boolean> | undefined
  /** Maximum number of rows, not counting ties with the last value. */
  readonly rows: number
}

/**
 * Splits a table lazily into parts of bounded work, so that rows written meanwhile are in the right part. A table
 * without a usable order is one part.
 */
export async function* slicesOf(
  engine: Engine,
  dataset: Dataset,
  shape: TableShape,
  signal: AbortSignal,
): AsyncGenerator<Slice> {
  const order = engine.dialect.slicedBy(shape)
  if (order === undefined) return yield { where: undefined, rows: 0 }
  const by = sql.id('t', order)
  let after: string | undefined
  while (true) {
    const edge = await edgeOf(engine, dataset, by, after, signal)
    const from = after === undefined ? undefined : sql<boolean>`${by} > ${after}`
    if (edge === undefined) return yield { where: from, rows: SLICE_ROWS }
    const until = sql<boolean>`${by} <= ${edge}`
    // Nulls sort first.
    yield { where: from ? sql`${from} and ${until}` : sql`(${by} is null or ${until})`, rows: SLICE_ROWS }
    after = edge
  }
}

/** The value at the end of the next part; `undefined` for the last part. */
async function edgeOf(
  engine: Engine,
  dataset: Dataset,
  by: RawBuilder<unknown>,
  after: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const table = tableName(dataset)
  const where = after === undefined ? sql`` : sql`where ${by} > ${after}`
  const statement = sql`select ${engine.dialect.asText(by)} from ${tableId(dataset)} as t ${where} order by ${by} limit 1 offset ${sql.lit(SLICE_ROWS - 1)}`
  const column: ReadColumn = { name: 'edge', type: 'text', nullable: true }
  const { sql: words, parameters } = statement.compile(engine.dialect.kysely)
  for await (const { batch } of engine.read({ sql: words, parameters, columns: [column], tables: [table] }, signal)) {
    const value = batch.numRows > 0 ? batch.vectors[0]?.values[0] : undefined
    if (typeof value === 'string') return value
  }
  return undefined
}
