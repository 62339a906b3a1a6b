import { createHash } from 'node:crypto'
import type { Vector } from '@stockdb/contract/wire'
import { plainValues, StockdbError } from '@stockdb/contract/wire'
import { sql } from 'kysely'
import type { Engine, ReadColumn, WriteTransaction } from '../../engine/engine.ts'
import { retryConflicts } from '../../engine/retry-conflicts.ts'
import { idOf, type TableRef, textOf } from '../../engine/table-ref.ts'
import { WriteConflict } from '../../engine/write-conflict.ts'
import { beginTimed } from '../begin-timed.ts'
import { claimKey, sameWrite, settleKeys, type WriteKey } from '../idempotency.ts'
import { type FactorRow, rowOf, selectFactors } from './read-factors.ts'

/** What every change of the factors says. */
export interface FactorChange {
  readonly key: WriteKey | undefined
  /** The name of the token. */
  readonly by: string
  readonly signal: AbortSignal
}

/**
 * Runs a change of the factors in one transaction, once under its key; `what` is what it is about, for the digest. A change locks
 * the row of its factor first, so that two changes of one factor follow each other.
 */
export function inFactorTransaction<Result>(
  engine: Engine,
  { key, signal }: FactorChange,
  what: string,
  change: (transaction: WriteTransaction) => Promise<Result>,
): Promise<Result> {
  const digest = createHash('sha256').update(what).digest('hex')
  return retryConflicts(async () => {
    const transaction = await beginTimed(engine, signal)
    try {
      const earlier = key && (await claimKey<Result>(engine.dialect, transaction, key))
      if (key && earlier) return sameWrite(earlier, digest, key)
      const result = await change(transaction)
      if (key) await settleKeys(transaction, [{ key, digest, result, at: new Date() }])
      await transaction.commit()
      return result
    } finally {
      // Without effect after the commit.
      await transaction.rollback()
    }
  }, signal)
}

/** All factors, as the transaction sees them; one that is being defined has no definition yet. */
export async function allRows(engine: Engine, transaction: WriteTransaction): Promise<readonly FactorRow[]> {
  const { rows } = await transaction.run(selectFactors(engine).compile(engine.dialect.kysely))
  return rows.map(rowOf)
}

/** Runs DDL; `what` is what it cannot do where it fails. */
export async function changeTables(
  transaction: WriteTransaction,
  what: string,
  statements: readonly string[],
): Promise<void> {
  try {
    await transaction.define(statements)
  } catch (error) {
    throw cannot(what, error)
  }
}

/** The same failure, with what could not be done; a conflict as it is, so that the transaction is tried again. */
export function cannot(what: string, error: unknown): unknown {
  if (!(error instanceof StockdbError) || error instanceof WriteConflict) return error
  return new StockdbError(error.code, `cannot ${what}: ${error.message}`, { cause: error.cause ?? error })
}

export const dropStatement = ({ dialect }: Engine, table: TableRef): string =>
  sql`drop table if exists ${idOf(table)}`.compile(dialect.kysely).sql

/** How many rows a table has. Not counted in the transaction of a drop, which would then wait for itself. */
export async function rowsOf(engine: Engine, table: TableRef, signal: AbortSignal): Promise<number> {
  const columns: readonly ReadColumn[] = [{ name: 'rows', type: 'int64', nullable: true }]
  const counted = sql`select count(*) as ${sql.id('rows')} from ${idOf(table)}`.compile(engine.dialect.kysely)
  let rows = 0
  for await (const { batch } of engine.read({ ...counted, columns, tables: [textOf(table)] }, signal))
    if (batch.numRows > 0) rows = Number(plainValues(batch.vectors[0] as Vector)[0])
  return rows
}
