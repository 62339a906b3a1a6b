import { immutableFields } from '@stockdb/contract/internal'
import { instrumentFields } from '@stockdb/contract/wire'
import { fieldOf, frameField } from '../columns.ts'
import type { Reader } from '../facts.ts'
import { type PlanContext, repeatChecks } from '../plan-context.ts'
import { planCoverage } from '../plan-coverage.ts'
import { planKnownSymbols } from '../plan-known-symbols.ts'
import type { QueryPlan } from '../query-plan.ts'
import { shownInstruments } from './select-instruments.ts'
import { fieldsRead, namesFor, type StockTables } from './stocks.ts'

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
  known: StockTables,
  input: ListInstruments,
  reader: Reader,
): QueryPlan {
  const tables = namesFor(known, reader)
  const { stocks, names } = tables
  const { asOf, symbols, limit } = input
  const code = fieldOf(stocks, 'symbol')
  const asked = [...new Set(input.fields ?? immutableFields(stocks))].filter(
    (name) => name !== code && !(name in instrumentFields.list),
  )
  const shown = shownInstruments(stocks, asked)
  const fields = Object.keys(shown.fields).map((name) => frameField(shown, name))
  const ofToday = asked.filter((name) => !immutableFields(stocks).includes(name))
  return {
    rows: {
      ...{ read: 'instruments', stocks: stocks.name, names: names?.name, asOf, symbols, fields: asked },
      limit: limit === undefined ? undefined : limit + 1,
    },
    checks: repeatChecks(context, fieldsRead(tables, asked), {}),
    lookups: [],
    steps: [
      { step: 'once', symbol: code, datasets: [stocks.name] },
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
