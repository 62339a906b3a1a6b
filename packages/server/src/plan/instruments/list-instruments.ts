import type { Dataset } from '@stockdb/contract'
import { timelessFields } from '@stockdb/contract/internal'
import { instrumentFields } from '@stockdb/contract/wire'
import type { ReadQuery } from '../../engine/engine.ts'
import { declared, fieldOf, frameField, readField, role } from '../columns.ts'
import type { Reader } from '../facts.ts'
import { type PlanContext, repeatChecks } from '../plan-context.ts'
import { planCoverage } from '../plan-coverage.ts'
import { planKnownSymbols } from '../plan-known-symbols.ts'
import { bind, type QueryCache } from '../prepared-query.ts'
import type { QueryPlan } from '../query-plan.ts'
import type { InstrumentsRead } from '../read.ts'
import { compiled, lengthShape, limited, untyped, whereSymbols } from '../rows.ts'
import {
  fieldsRead,
  listed,
  nameColumns,
  of,
  readAs,
  type StockTables,
  shownAs,
  tablesOf,
  withNames,
} from './stocks.ts'

export interface ListInstruments {
  readonly asOf: string
  readonly symbols?: readonly string[] | undefined
  readonly unknownSymbols?: 'error' | 'ignore' | undefined
  readonly fields?: readonly string[] | undefined
  readonly limit?: number | undefined
}

/** Who was listed on a date, by code, under the names of then. */
export function planInstruments(
  context: PlanContext,
  tables: StockTables,
  input: ListInstruments,
  reader: Reader,
): QueryPlan {
  const { stocks, names } = tables
  const { asOf, symbols, limit } = input
  const code = fieldOf(stocks, 'symbol')
  const asked = [...new Set(input.fields ?? timelessFields(stocks))].filter(
    (name) => name !== code && !(name in instrumentFields.list),
  )
  const shown = shownInstruments(stocks, asked)
  const fields = Object.keys(shown.fields).map((name) => frameField(shown, name))
  const ofToday = asked.filter((name) => !timelessFields(stocks).includes(name))
  return {
    rows: {
      ...{ read: 'instruments', stocks: stocks.name, names: names?.name, asOf, symbols, fields: asked },
      limit: limit === undefined ? undefined : limit + 1,
    },
    checks: repeatChecks(context, fieldsRead(tables, asked), {}),
    lookups: [],
    steps: [
      ...(limit === undefined ? [] : [{ step: 'limit', rows: limit } as const]),
      planCoverage(context.catalogue, shown, { of: 'symbols', symbols }, reader, false),
      ...planKnownSymbols(context.catalogue, [stocks], input, reader, code),
      { step: 'select', fields: fields.length },
    ],
    fields,
    meta: {
      ...{ dataset: shown.name, symbol: code, arguments: { ...input }, asOf },
      rule: [
        tables.listedRule,
        tables.nameRule,
        ...(ofToday.length > 0 ? [`${ofToday.join(', ')} as of today`] : []),
      ].map((words) => ({ words })),
    },
    guessedRows: 0,
  }
}

/** The dataset that the answer is shown as. */
function shownInstruments(stocks: Dataset, asked: readonly string[]): Dataset {
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
    const rows = withNames(whereSymbols(listed(dialect, tables), stocks, symbols, dialect), dialect, tables).select([
      role(stocks, 'symbol').as('(code)'),
      ...asked.map((name) => readField(dialect, stocks, name)),
    ])
    const named = untyped(dialect.kysely.selectFrom(rows.as('i')))
      .select([of('(code)').as(code), ...nameColumns(dialect, tables), ...asked.map((name) => of(name).as(name))])
      .orderBy(of('(code)'))
    return { ...compiled(limited(named, limit)), columns: readAs(shownInstruments(stocks, asked).fields) }
  })
  return bind(prepared, { date: asOf, symbols, limit })
}
