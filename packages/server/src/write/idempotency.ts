import { tableName } from '@stockdb/contract/internal'
import type { UpsertResult } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import { sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import type { WriteTransaction } from '../engine/engine.ts'
import { keysTable } from '../engine/own-tables.ts'

/** A key that a caller chose for one write. Keys of different tokens are different keys. */
export interface WriteKey {
  readonly token: string
  readonly key: string
}

/** What is remembered of a write under its key. */
export interface Settled<Result> {
  readonly digest: string
  readonly result: Result
}

const KEY_FIELDS = ['token', 'idempotency_key']

/**
 * Takes a key for the write of this transaction, as the first thing in it; returns the outcome of an earlier write if the key was used.
 * While another transaction holds the key, this waits for its end.
 */
export async function claimKey<Result = UpsertResult>(
  dialect: Dialect,
  transaction: WriteTransaction,
  { token, key }: WriteKey,
): Promise<Settled<Result> | undefined> {
  const { inserted } = await transaction.upsert(keysTable, KEY_FIELDS, [[token, key]])
  if (inserted === 1) return undefined
  const [name, owner] = [sql.id('idempotency_key'), sql.id('token')]
  const found = await transaction.run(
    sql`select ${sql.id('digest')}, ${sql.id('result')} from ${sql.id(tableName(keysTable))}
      where ${owner} = ${token} and ${name} = ${key}`.compile(dialect.kysely),
  )
  const [digest, result] = found.rows[0] ?? []
  if (typeof digest !== 'string' || typeof result !== 'string')
    throw new StockdbError('INTERNAL', 'an idempotency key has no result')
  return { digest, result: JSON.parse(result) as Result }
}

/**
 * Takes different keys for the writes of one transaction, as the first thing in it; false if some were used before, and then the
 * transaction must end.
 */
export async function claimNewKeys(transaction: WriteTransaction, keys: readonly WriteKey[]): Promise<boolean> {
  if (keys.length === 0) return true
  const rows = keys.map(({ token, key }) => [token, key])
  return (await transaction.upsert(keysTable, KEY_FIELDS, rows)).inserted === keys.length
}

/** The outcome of a write, under its key. */
export interface Settlement extends Settled<unknown> {
  readonly key: WriteKey
  readonly at: Date
}

/** Remembers the outcomes of writes, in their transaction. */
export async function settleKeys(transaction: WriteTransaction, settled: readonly Settlement[]): Promise<void> {
  if (settled.length === 0) return
  const rows = settled.map(({ key: { token, key }, digest, result, at }) => [
    ...[token, key, digest],
    ...[JSON.stringify(result), at.getTime()],
  ])
  await transaction.upsert(keysTable, [...KEY_FIELDS, 'digest', 'result', 'written_at'], rows)
}

/** The result of an earlier write under the same key. Throws `CONFLICT` if it was another one. */
export function sameWrite<Result>({ digest, result }: Settled<Result>, own: string, { key }: WriteKey): Result {
  if (digest === own) return result
  throw new StockdbError(
    'CONFLICT',
    `Idempotency-Key: got "${key}", under which something else was written; expected a new key for every write`,
  )
}
