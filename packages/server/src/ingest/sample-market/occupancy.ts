import type { Dataset } from '@stockdb/contract'
import { tushare } from '@stockdb/contract'
import { plainValues } from '@stockdb/contract/wire'
import { sql } from 'kysely'
import type { Engine } from '../../engine/engine.ts'
import { SAMPLE_SUFFIX } from './companies.ts'

/** The datasets whose symbol is the code of a security or an index. In the calendar it is an exchange. */
const securities = Object.values<Dataset>(tushare).flatMap(({ name, symbol }) =>
  symbol === undefined || symbol === 'exchange' ? [] : [{ name, symbol }],
)

/** The name of a dataset whose table exists and has rows; `undefined` if there is none. */
export async function findOccupied(engine: Engine, signal: AbortSignal): Promise<string | undefined> {
  for (const { name } of Object.values(tushare)) {
    if (await hasRows(engine, name, signal)) return name
  }
  return undefined
}

/**
 * What in the database does not belong to the sample market, as part of a sentence; `undefined` if nothing.
 *
 * A security is real unless its code ends in {@link SAMPLE_SUFFIX}. A calendar does not show its origin: it belongs to
 * the sample market only if there are sample stocks too. Only existing tables are checked; they must be readable as
 * declared.
 */
export async function findRealRows(engine: Engine, signal: AbortSignal): Promise<string | undefined> {
  for (const { name, symbol } of securities) {
    const code = await findCode(engine, name, symbol, 'not like', signal)
    if (code !== undefined) return `${name} holds ${code}`
  }
  if (!(await hasRows(engine, tushare.trade_cal.name, signal))) return undefined
  const sampled = await findCode(engine, tushare.stock_basic.name, tushare.stock_basic.symbol, 'like', signal)
  return sampled === undefined
    ? `${tushare.trade_cal.name} holds a calendar and stock_basic no sample stock`
    : undefined
}

async function hasRows(engine: Engine, table: string, signal: AbortSignal): Promise<boolean> {
  const query = engine.dialect.kysely.selectFrom(table).select(sql<number>`1`.as('present')).limit(sql<number>`1`)
  return (await firstValue(engine, table, query.compile(), 'int32', signal)) !== undefined
}

async function findCode(
  engine: Engine,
  table: string,
  symbol: string,
  operator: 'like' | 'not like',
  signal: AbortSignal,
): Promise<string | undefined> {
  const code = sql.ref(symbol)
  const query = engine.dialect.kysely
    .selectFrom(table)
    .select(code.as('code'))
    .where(code, operator, `%${SAMPLE_SUFFIX}`)
    .limit(sql<number>`1`)
  const found = await firstValue(engine, table, query.compile(), 'symbol', signal)
  return found === undefined ? undefined : String(found)
}

/** The only value of a query's first row; `undefined` if there is no row, or no table. */
async function firstValue(
  engine: Engine,
  table: string,
  { sql, parameters }: { readonly sql: string; readonly parameters: readonly unknown[] },
  type: 'int32' | 'symbol',
  signal: AbortSignal,
): Promise<unknown> {
  if (!(await engine.describe(table, signal))) return undefined
  let value: unknown
  // Reads to the end, which is one row away: leaving a read early costs its connection.
  for await (const { batch } of engine.read(
    { sql, parameters, columns: [{ name: 'value', type, nullable: false }] },
    signal,
  )) {
    const [vector] = batch.vectors
    if (vector && batch.numRows > 0) value = plainValues(vector)[0]
  }
  return value
}
