import type { Dataset } from '@stockdb/contract'
import { hasMembers, type Member, memberDataset, namesSymbols } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import type { ReadQuery } from '../engine/engine.ts'
import { aliasedTable } from './aliased-table.ts'
import { isAmong, plainCode, sameCode } from './codes.ts'
import { columnOf, declared } from './columns.ts'
import { bind, column, isScanned, Placeholder, type QueryCache } from './prepared-query.ts'
import { hasPartsOf } from './split-symbols.ts'
import { membersIn } from './union-of-members.ts'

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
  // As bytes, so that columns with different collations can be combined.
  const bytes = (text: typeof code) =>
    sql`${dialect.comparable({ type: 'text' }, plainCode(dataset, field, text))} as code`
  const given = sql`g.code`
  if (hasMembers(dataset) && field === dataset.symbol) {
    const { members } = membersIn(dialect, dataset)
    const isNamed = sql`${given} in (${sql.join(members.map(({ symbol = '' }) => sql.lit(symbol)))})`
    const isIn = (member: Member): RawBuilder<unknown> => knownCode(dialect, memberDataset(dataset, member), field)
    const has = namesSymbols(dataset) ? isNamed : sql`(${sql.join(members.map(isIn), sql` or `)})`
    return sql`select ${bytes(given)} from ${dialect.codes(list)} as g where ${has}`
  }
  if (isScanned(dataset)) {
    const parts = field === dataset.symbol ? hasPartsOf(dialect, dataset, { name: 'codes' }) : undefined
    const found = isAmong(dialect, dataset, code, list)
    return sql`select distinct ${bytes(code)} from ${aliasedTable(dialect, dataset, 'd')} where ${parts ? sql`${parts} and ${found}` : found}`
  }
  return sql`select ${bytes(given)} from ${dialect.codes(list)} as g where ${knownCode(dialect, dataset, field)}`
}

/** Whether a table has a row of the code `g.code`. */
function knownCode(dialect: Dialect, dataset: Dataset, field: string): RawBuilder<unknown> {
  const isSame = sameCode(dialect, columnOf(dataset, field), sql`g.code`, dataset)
  return sql`exists (select 1 from ${aliasedTable(dialect, dataset, 'd')} where ${isSame})`
}
