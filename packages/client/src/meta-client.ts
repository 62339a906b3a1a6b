import type { ChangesAnswer, ChangesInput, DatasetInfo, ServerInfo } from '@stockdb/contract/wire'
import type { CallOptions } from './call/deadline.ts'
import type { Caller } from './caller.ts'

/** Information about the server and its datasets. */
export interface MetaClient {
  /**
   * Returns versions, engine, and the datasets with their procedures.
   *
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * const { version, engine } = await db.meta.info()
   * console.log(`stockdb ${version} on ${engine.version}`)
   * ```
   */
  info(options?: CallOptions): Promise<ServerInfo>
  /**
   * Describes every dataset: fields, units, and what the database holds of it.
   *
   * `coverage` has rows, symbols, first and last date; it is null if the table is missing or invalid, and `problem` says why.
   *
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * for (const { name, coverage, problem } of await db.meta.datasets()) console.log(name, coverage?.lastDate ?? problem)
   * ```
   */
  datasets(options?: CallOptions): Promise<DatasetInfo[]>
  /**
   * Lists what was written after a number of a write, or last, in the order of commits; `db.changes` is the same.
   *
   * @param input - `since`, the number of a write; `limit`, 100 by default
   * @param options - signal and time limit of this call
   * @example
   * ```ts
   * const { changes, last } = await db.meta.changes()
   * console.log(last, changes.map(({ dataset, inserted, changed }) => [dataset, inserted, changed]))
   * ```
   */
  changes(input?: ChangesInput, options?: CallOptions): Promise<ChangesAnswer>
}

export const metaCalls = (caller: Caller) =>
  ({
    info: (options?: CallOptions) => caller.json('meta.info', undefined, options),
    datasets: (options?: CallOptions) => caller.json('meta.datasets', undefined, options),
    changes: caller.jsonCall<ChangesInput | undefined, ChangesAnswer>('meta.changes'),
  }) satisfies MetaClient
