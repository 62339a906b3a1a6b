import type { Dataset } from '@stockdb/contract'
import type { DeleteInput, DeleteResult, UpsertResult, WriteMode } from '@stockdb/contract/wire'
import type { CallOptions } from '../call/deadline.ts'
import type { WriteData } from './write-data.ts'

/** Options of a write. */
export interface WriteOptions extends CallOptions {
  /**
   * The key under which the write takes effect once, however often it is sent.
   *
   * Give that of a `WriteOutcomeUnknownError` to settle what became of a write. It is remembered for a day.
   *
   * @default a new one for each call
   * @example
   * ```ts
   * const rows = [{ ts_code: '600519.SH', trade_date: '2024-06-28', adj_factor: 7.9515 }]
   * await db.adj_factor.upsert(rows, { idempotencyKey: 'factors-of-2024-06-28' })
   * ```
   */
  readonly idempotencyKey?: string | undefined
}

/** Options of `upsert`. */
export interface UpsertOptions extends WriteOptions {
  /**
   * What to do with rows that exist: `upsert` changes them, `insert` refuses the whole write.
   *
   * @default 'upsert'
   * @example
   * ```ts
   * const rows = [{ ts_code: '600519.SH', trade_date: '2024-06-28', adj_factor: 7.9515 }]
   * await db.adj_factor.upsert(rows, { mode: 'insert' }) // a ConflictError if one of them is there
   * ```
   */
  readonly mode?: WriteMode | undefined
}

/** Calls that write to a dataset: tables that stockdb manages, and others that are declared `writable`. */
export interface WriteClient<D extends Dataset> {
  /**
   * Inserts rows, or changes those with the same key, all in one transaction.
   *
   * The rows may be objects, columns, a frame, an Arrow table, or an async iterable of such batches for data larger than
   * memory. They need the whole key; fields that they leave out keep their values. A bad row refuses the whole write. The client
   * repeats a write that failed on the way, and it takes effect once; rows from an iterable are repeated only if you pass a
   * function that makes it.
   *
   * @param rows - the rows to write
   * @param options - `mode`, `idempotencyKey`, signal and time limit, which counts from the last progress
   * @throws `InvalidInputError` that names up to 20 bad rows, `ConflictError`, `WriteOutcomeUnknownError`
   * @example
   * ```ts
   * const { inserted, changed } = await db.adj_factor.upsert([
   *   { ts_code: '600519.SH', trade_date: '2024-06-28', adj_factor: 7.9515 },
   * ])
   * ```
   */
  upsert(rows: WriteData<D>, options?: UpsertOptions): Promise<UpsertResult>
  /**
   * Deletes the rows of symbols, of dates, or of both; needs the scope `admin`.
   *
   * @param input - `symbols`, `start`, `end` (both inclusive), at least one of them, or `all: true`; `dryRun` only counts
   * @param options - `idempotencyKey`, signal and time limit of this call
   * @throws `ForbiddenError` without the scope
   * @example
   * ```ts
   * const { deleted } = await db.adj_factor.delete({ symbols: ['600519.SH'], start: '2024-06-28', dryRun: true })
   * ```
   */
  delete(input: DeleteInput, options?: WriteOptions): Promise<DeleteResult>
}
