import type { Catalogue } from '@stockdb/contract'
import type { Compilable } from 'kysely'
import type { CallOptions } from '../call/deadline.ts'
import type { Caller } from '../caller.ts'
import type { CellsOf } from '../frame/cells.ts'
import type { Frame } from '../frame/frame.ts'
import { WireDialect } from './dialect.ts'
import type { GiveKysely } from './load-kysely.ts'
import { queryInputOf } from './query-input.ts'
import type { DatabaseOf, Queries, QueryFields } from './types.ts'

/** A Kysely instance whose queries run on the server. */
export function openQueries<C extends Catalogue>(caller: Caller, giveKysely: GiveKysely): Queries<C> {
  const Kysely = giveKysely()
  // Kysely's documented read-only type: the same methods, without writes.
  return new Kysely<DatabaseOf<C>>({ dialect: new WireDialect(caller) }) as unknown as Queries<C>
}

/** Runs a query and returns columns. */
export async function queryFrame<O>(
  caller: Caller,
  query: Compilable<O>,
  options?: CallOptions,
): Promise<Frame<CellsOf<QueryFields<O>>>> {
  const { path, input } = queryInputOf(query.compile())
  return caller.frame<QueryFields<O>>(path, input, options)
}
