import type { Fields } from '@stockdb/contract'
import type { SqlValue } from '@stockdb/contract/wire'
import type { CallOptions } from './call/deadline.ts'
import type { Caller } from './caller.ts'
import type { Frame } from './frame/frame.ts'
import type { QueryFields } from './query/types.ts'

/** The fields of the answer to a statement whose rows are `O`; any, where nobody said. */
export type SqlFields<O> = unknown extends O ? Fields : QueryFields<O>

/** Runs one statement, with values for its question marks. */
export type RunSql = <O = unknown>(
  text: string,
  params?: readonly SqlValue[],
  options?: CallOptions,
) => Promise<Frame<SqlFields<O>>>

/** `db.sql` over a connection: the whole answer as a frame. Throws `QueryRefusedError`, `TimeoutError`, `TooManyRowsError`, and what every call throws. */
export function openSql(caller: Caller): RunSql {
  return <O = unknown>(text: string, params: readonly SqlValue[] = [], options?: CallOptions) =>
    caller.frame<SqlFields<O>>('sql.run', { sql: text, params }, options)
}
