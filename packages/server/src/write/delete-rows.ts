import { createHash } from 'node:crypto'
import type { Dataset } from '@stockdb/contract'
import { columnName, isUnordered, writeDate, writeSymbolAs } from '@stockdb/contract/internal'
import type { DeleteInput, DeleteResult } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import { type RawBuilder, sql } from 'kysely'
import type { Engine } from '../engine/engine.ts'
import { lastSequence, recordChange } from '../engine/record-change.ts'
import { tableId } from '../engine/table-ref.ts'
import { beginTimed } from './begin-timed.ts'
import { claimKey, sameWrite, settleKeys, type WriteKey } from './idempotency.ts'
import { requireWritable } from './writable-table.ts'

/** A deletion, whose input is checked. */
export interface DeleteOrder {
  readonly dataset: Dataset
  readonly input: DeleteInput
  readonly key: WriteKey | undefined
  readonly by: string
  readonly signal: AbortSignal
}

/** Deletes rows in one transaction, or counts what would be deleted. */
export async function deleteRows(engine: Engine, order: DeleteOrder): Promise<DeleteResult> {
  const { dataset, input, key, by, signal } = order
  requireWritable(dataset)
  const { dialect } = engine
  const [table, rows] = [tableId(dataset), conditionOf(engine, dataset, input)]
  const transaction = await beginTimed(engine, signal)
  try {
    if (input.dryRun) {
      const counted = await transaction.run(
        sql`select count(*) as ${sql.id('rows')} from ${table} where ${rows}`.compile(dialect.kysely),
      )
      return { deleted: Number(counted.rows[0]?.[0]), sequence: await lastSequence(dialect, transaction) }
    }
    const digest = createHash('sha256')
      .update(`delete ${dataset.name} ${JSON.stringify(input)}`)
      .digest('hex')
    const earlier = key && (await claimKey<DeleteResult>(dialect, transaction, key))
    if (key && earlier) return sameWrite(earlier, digest, key)
    const deleted = await transaction.change(dataset, sql`delete from ${table} where ${rows}`.compile(dialect.kysely))
    const { symbols, start, end } = input
    const span = { symbols, start: start?.slice(0, 10), end: end?.slice(0, 10) }
    const [at, none] = [new Date(), { inserted: 0, changed: 0, unchanged: 0 }]
    const sequence = await recordChange(dialect, transaction, { dataset, span, ...none, deleted, by, at })
    const result: DeleteResult = { deleted, sequence }
    if (key) await settleKeys(transaction, [{ key, digest, result, at }])
    await transaction.commit()
    return result
  } finally {
    // Without effect after the commit.
    await transaction.rollback()
  }
}

/** The rows that are meant, always those of the dataset alone. */
function conditionOf({ dialect }: Engine, dataset: Dataset, { symbols, start, end }: DeleteInput): RawBuilder<unknown> {
  const { symbol, date, only = {} } = dataset
  const columnOf = (name: string): RawBuilder<unknown> => sql.id(columnName(dataset, name))
  const conditions: RawBuilder<unknown>[] = [sql`1 = 1`]
  for (const [name, value] of Object.entries(only)) {
    const isText = typeof value === 'string'
    conditions.push(isText ? dialect.isOneOf(columnOf(name), [value]) : sql`${columnOf(name)} = ${value}`)
  }
  if (symbols !== undefined && symbol !== undefined) {
    const format = dataset.fields[symbol]?.symbolFormat
    if (symbols.length === 0) conditions.push(sql`1 = 0`)
    else if (format === undefined) conditions.push(dialect.isOneOf(columnOf(symbol), symbols))
    // A code that the column cannot keep becomes a value that no row has.
    else conditions.push(sql`${columnOf(symbol)} in (${sql.join(symbols.map((code) => writeSymbolAs(format, code)))})`)
  }
  if (date !== undefined) {
    const form = dataset.fields[date]?.dateFormat
    if (form !== undefined && isUnordered(form) && (start ?? end) !== undefined)
      throw new StockdbError(
        'INVALID_INPUT',
        `start, end: got a range of ${dataset.name}, whose dates are stored as ${form}, which are not in order; expected symbols alone`,
      )
    const kept = (day: string): string => (form === undefined ? day : writeDate(form, day))
    if (start !== undefined) conditions.push(sql`${columnOf(date)} >= ${kept(start)}`)
    if (end !== undefined) conditions.push(sql`${columnOf(date)} <= ${kept(end)}`)
  }
  return sql.join(conditions, sql` and `)
}
