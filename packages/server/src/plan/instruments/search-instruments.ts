import { instrumentFields } from '@stockdb/contract/wire'
import { frameField } from '../columns.ts'
import type { Reader } from '../facts.ts'
import { type PlanContext, repeatChecks } from '../plan-context.ts'
import type { QueryPlan } from '../query-plan.ts'
import { fieldsRead, namesFor, type StockTables, shownAs } from './stocks.ts'

const DEFAULT_LIMIT = 20

export interface SearchInstruments {
  readonly text: string
  readonly asOf?: string | undefined
  readonly limit?: number | undefined
}

/**
 * Stocks whose code or pinyin begins with a text, or whose name or former name has it: exact ones first, then what begins with
 * it, then in that order by what it was found in, then by code. Codes and pinyin are compared without case, names byte by byte.
 */
export function planSearch(
  context: PlanContext,
  known: StockTables,
  given: SearchInstruments,
  reader: Reader,
): QueryPlan {
  const tables = namesFor(known, reader)
  const { stocks, names, bareCode, pinyin } = tables
  const searched = [bareCode, pinyin].filter((field) => field !== undefined)
  const input = { ...given, limit: given.limit ?? DEFAULT_LIMIT }
  const { text, asOf, limit } = input
  const shown = shownAs(instrumentFields.search, 'ts_code')
  const fields = Object.keys(shown.fields).map((name) => frameField(shown, name))
  return {
    rows: { read: 'instrumentSearch', stocks: stocks.name, names: names?.name, text, asOf, limit: limit + 1 },
    checks: repeatChecks(context, fieldsRead(tables, searched), {}),
    lookups: [],
    steps: [
      { step: 'once', symbol: 'ts_code', datasets: [stocks.name] },
      { step: 'limit', rows: limit },
      { step: 'select', fields: fields.length },
    ],
    fields,
    meta: {
      ...{ dataset: shown.name, symbol: 'ts_code', arguments: input },
      ...(asOf === undefined
        ? {}
        : {
            asOf,
            rule: [tables.listedRule, tables.nameRule, "pinyin of today's name"].map((words) => ({ words })),
          }),
    },
    guessedRows: 0,
  }
}
