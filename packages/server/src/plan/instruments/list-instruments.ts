import { timelessFields } from '@stockdb/contract/internal'
import { instrumentFields } from '@stockdb/contract/wire'
import { declared, fieldOf, frameField, readField, role } from '../columns.ts'
import type { QueryPlan } from '../planner.ts'
import { bind, type QueryCache } from '../prepared-query.ts'
import { compiled, lengthShape, limited, untyped, whereSymbols } from '../rows.ts'
import {
  LISTED_RULE,
  listed,
  NAME_RULE,
  nameColumns,
  of,
  readAs,
  type StockTables,
  shownAs,
  withNames,
} from './stocks.ts'

export interface ListInstruments {
  readonly asOf: string
  readonly symbols?: readonly string[] | undefined
  readonly fields?: readonly string[] | undefined
  readonly limit?: number | undefined
}

/** Who was listed on a date, by code, under the names of then. */
export function listInstruments(cache: QueryCache, tables: StockTables, input: ListInstruments): QueryPlan {
  const { asOf, symbols, limit } = input
  const { stocks } = tables
  const code = fieldOf(stocks, 'symbol')
  const asked = [...new Set(input.fields ?? timelessFields(stocks))].filter(
    (name) => name !== code && !(name in instrumentFields.list),
  )
  const dataset = shownAs(
    {
      [code]: declared(stocks, code),
      ...instrumentFields.list,
      ...Object.fromEntries(asked.map((name) => [name, declared(stocks, name)])),
    },
    code,
  )
  const shape = [
    'instruments',
    tables.names !== undefined,
    asked.join(),
    lengthShape(symbols),
    limit !== undefined,
  ].join('|')
  const prepared = cache.get(shape, (dialect) => {
    const rows = withNames(whereSymbols(listed(dialect, tables), stocks, symbols, dialect), dialect, tables).select([
      role(stocks, 'symbol').as('(code)'),
      ...asked.map((name) => readField(dialect, stocks, name)),
    ])
    const named = untyped(dialect.kysely.selectFrom(rows.as('i')))
      .select([of('(code)').as(code), ...nameColumns(dialect, tables), ...asked.map((name) => of(name).as(name))])
      .orderBy(of('(code)'))
    return { ...compiled(limited(named, limit)), columns: readAs(dataset.fields) }
  })
  const ofToday = asked.filter((name) => !timelessFields(stocks).includes(name))
  return {
    dataset,
    query: bind(prepared, { date: asOf, symbols, limit: limit === undefined ? undefined : limit + 1 }),
    fields: Object.keys(dataset.fields).map((name) => frameField(dataset, name)),
    arguments: { ...input },
    limit,
    span: { of: 'symbols', symbols },
    asOf: {
      date: asOf,
      rule: [LISTED_RULE, NAME_RULE, ...(ofToday.length > 0 ? [`${ofToday.join(', ')} as of today`] : [])].join('; '),
    },
  }
}
