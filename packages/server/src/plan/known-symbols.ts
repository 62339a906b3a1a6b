import type { Dataset } from '@stockdb/contract'
import { sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import type { ReadQuery } from '../engine/engine.ts'
import { aliasedTable } from './aliased-table.ts'
import { isAmong, plainCode, sameCode } from './codes.ts'
import { columnOf, declared } from './columns.ts'
import { bind, column, Placeholder, type QueryCache } from './prepared-query.ts'

/** A column that lists the symbols that are known. */
export interface SymbolPlace {
  readonly dataset: Dataset
  readonly field: string
}

/**
 * Reads which codes occur in one of the places, compared byte by byte: one index lookup per code and place, or one pass over
 * the table if no index begins with the symbol.
 */
export function selectKnownSymbols(
  cache: QueryCache,
  places: readonly SymbolPlace[],
  codes: readonly string[],
): ReadQuery {
  const shape = ['known-symbols', ...places.map(({ dataset, field }) => `${dataset.name}.${field}`)].join('|')
  const prepared = cache.get(shape, (dialect) => {
    const found = sql.join(
      places.map((place) => knownIn(dialect, place)),
      sql` union `,
    )
    const { sql: text, parameters } = sql`${found}`.compile(dialect.kysely)
    return { sql: text, parameters, columns: [{ ...column('code', 'symbol'), asBytes: true }] }
  })
  return bind(prepared, { codes })
}

function knownIn(dialect: Dialect, { dataset, field }: SymbolPlace) {
  const code = columnOf(dataset, field)
  const list = new Placeholder('codes', { json: true, stored: declared(dataset, field) })
  const table = sql`${aliasedTable(dialect, dataset, 'd')}`
  // As bytes, so that columns with different collations can be combined.
  const bytes = (text: typeof code) =>
    sql`${dialect.comparable({ type: 'text' }, plainCode(dataset, field, text))} as code`
  if (dataset.latest === 'scan')
    return sql`select distinct ${bytes(code)} from ${table} where ${isAmong(dialect, dataset, code, list)}`
  const given = sql`g.code`
  const has = sql`exists (select 1 from ${table} where ${sameCode(dialect, code, given, dataset)})`
  return sql`select ${bytes(given)} from ${dialect.codes(list)} as g where ${has}`
}
