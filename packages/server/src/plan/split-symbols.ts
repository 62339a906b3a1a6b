import type { Dataset } from '@stockdb/contract'
import { columnName, exchangeOf, wordsOf } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import { listPlaceholders, Placeholder } from './prepared-query.ts'

/** The column of a symbol that is put together of two; no table has one of this name. */
const WHOLE = '(symbol)'

/** The column of a field in the rows of a dataset, as statements name it. */
export const rowColumn = (dataset: Dataset, name: string): string =>
  exchangeOf(dataset.fields[name]) === undefined ? columnName(dataset, name) : WHOLE

/**
 * The symbol of a row that has code and exchange in two columns, as another column of its table; null where the
 * two make no symbol. No two pairs make the same symbol, so what is unique in the database is unique here.
 */
export function wholeSymbol(dialect: Dialect, dataset: Dataset, alias: string): RawBuilder<unknown> | undefined {
  const split = splitOf(dataset)
  if (!split) return undefined
  const { known, ambiguous } = wordsOf(split.notation)
  const code = sql.id(alias, split.code)
  const exchange = sql.id(alias, split.column)
  const is = (words: readonly string[]): RawBuilder<boolean> =>
    dialect.isOneOf(
      exchange,
      words.map((word) => sql.lit(word)),
    )
  const wrong = ambiguous.length === 0 ? sql`` : sql`or ${is(ambiguous)}`
  const whens = known.map(([word, suffix]) => sql`when ${is([word])} then concat(${code}, ${sql.lit(`.${suffix}`)})`)
  return sql`case when ${code} is null or ${code} = '' or ${exchange} is null or ${exchange} = '' or instr(${exchange}, '.') > 0 ${wrong} then null
    ${sql.join(whens, sql` `)} else concat(${code}, '.', ${exchange}) end as ${sql.id(WHOLE)}`
}

/** Whether the two parts are among those of a list of symbols: a few rows more than the symbols have, found by an index. */
export function hasPartsOf(
  dialect: Dialect,
  dataset: Dataset,
  list: { readonly name: string; readonly length?: number },
  alias = 'd',
): RawBuilder<boolean> | undefined {
  const split = splitOf(dataset)
  if (!split) return undefined
  const conditions = (['code', 'exchange'] as const).map((is) => {
    const stored = { part: { is, of: split } }
    const column = sql.id(alias, is === 'code' ? split.code : split.column)
    if (list.length === undefined) {
      const codes = dialect.codes(new Placeholder(list.name, { json: true, stored }))
      return sql`${column} in (select g.code from ${codes} as g)`
    }
    return sql`${column} in (${sql.join(listPlaceholders(list.name, list.length, stored))})`
  })
  return sql<boolean>`(${sql.join(conditions, sql` and `)})`
}

function splitOf(dataset: Dataset) {
  const { symbol, fields } = dataset
  const exchange = symbol === undefined ? undefined : exchangeOf(fields[symbol])
  return symbol === undefined || exchange === undefined ? undefined : { ...exchange, code: columnName(dataset, symbol) }
}
