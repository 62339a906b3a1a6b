import type { Dataset } from '@stockdb/contract'
import { instrumentFields } from '@stockdb/contract/wire'
import type { ReadQuery } from '../../engine/engine.ts'
import { declared, fieldOf, readField, role } from '../columns.ts'
import { bind, type QueryCache } from '../prepared-query.ts'
import type { InstrumentsRead } from '../read-types.ts'
import { compiled, lengthShape, limited, untyped, whereSymbols } from '../rows.ts'
import { fieldsRead, listed, nameColumns, of, readAs, shownAs, tablesOf, withNames, witnesses } from './stocks.ts'

/** The dataset that the answer is shown as. */
export function shownInstruments(stocks: Dataset, asked: readonly string[]): Dataset {
  const code = fieldOf(stocks, 'symbol')
  return shownAs(
    {
      [code]: declared(stocks, code),
      ...instrumentFields.list,
      ...Object.fromEntries(asked.map((name) => [name, declared(stocks, name)])),
    },
    code,
  )
}

/** Reads the stocks that were listed on a date. */
export function selectInstruments(cache: QueryCache, read: InstrumentsRead): ReadQuery {
  const { asOf, symbols, limit, fields: asked } = read
  const tables = tablesOf(cache.catalogue, read)
  const { stocks } = tables
  const code = fieldOf(stocks, 'symbol')
  const shape = [
    'instruments',
    tables.names !== undefined,
    asked.join(),
    lengthShape(symbols),
    limit !== undefined,
  ].join('|')
  const prepared = cache.get(shape, (dialect) => {
    const seen = witnesses(fieldsRead(tables, asked))
    const rows = withNames(whereSymbols(listed(dialect, tables), stocks, symbols, dialect), dialect, tables).select([
      role(stocks, 'symbol').as('(code)'),
      ...asked.map((name) => readField(dialect, stocks, name)),
    ])
    const named = untyped(dialect.kysely.selectFrom(rows.as('i')))
      .select([of('(code)').as(code), ...nameColumns(dialect, tables), ...asked.map((name) => of(name).as(name))])
      .select(seen.map(({ select }) => select(dialect)))
      .orderBy(of('(code)'))
    return {
      ...compiled(limited(named, limit)),
      columns: [...readAs(shownInstruments(stocks, asked).fields), ...seen.map(({ column }) => column)],
    }
  })
  return bind(prepared, { date: asOf, symbols, limit })
}
