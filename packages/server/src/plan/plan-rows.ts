import type { Dataset } from '@stockdb/contract'
import { answerFields, hasMembers } from '@stockdb/contract/internal'
import type { Adjust, MissingFactor } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import { planAdjustment, ruleText } from './adjust/adjustment.ts'
import { withFactorsApart } from './adjust/factors-apart.ts'
import { planAdjust, type WantedBefore } from './adjust/plan-adjust.ts'
import { seriesOf } from './bars/series-of.ts'
import type { Reader } from './facts.ts'
import { type Filters, jsonFilters } from './filters.ts'
import type { FrameFields } from './frame-fields.ts'
import { type PlanContext, readOf } from './plan-context.ts'
import { planCoverage } from './plan-coverage.ts'
import { planKnownSymbols } from './plan-known-symbols.ts'
import type { Lookup, PlanMeta, QueryPlan } from './query-plan.ts'
import type { RowsRead } from './read.ts'
import type { RowRange } from './select-range.ts'
import type { BarsStep, Span, Step } from './step.ts'

export interface RowsContext extends PlanContext {
  readonly fields: FrameFields
}

/** A caller's input, checked by the schemas of the contract: dates are `YYYY-MM-DD`, names are known. */
export interface RowsInput {
  readonly symbols?: readonly string[] | undefined
  readonly unknownSymbols?: 'error' | 'ignore' | undefined
  readonly fields?: readonly string[] | undefined
  readonly adjust?: Adjust | undefined
  readonly anchor?: string | undefined
  readonly missingFactor?: MissingFactor | undefined
  readonly limit?: number | undefined
  readonly freq?: string | undefined
  readonly from?: string | undefined
  readonly where?: Filters | undefined
}

/** What a read of a dataset's rows consists of. */
export interface ReadColumns {
  readonly dataset: string
  readonly fields: readonly string[]
  readonly repeats?: true
  readonly factor?: string
}

/** What differs between kinds of calls. */
export interface RowsKind {
  readonly read: (columns: ReadColumns) => RowsRead
  /** The rows that are read and adjusted, which may be more than those of the answer. */
  readonly range: RowRange
  /** The requested end of the range, which is the default anchor; that of `range` if absent. */
  readonly end?: string | undefined
  readonly span: Span | undefined
  readonly guessedRows: number
  readonly before?: (() => WantedBefore) | undefined
}

/** Plans a call that answers with rows of a dataset: as stored, adjusted, or aggregated to bars. */
export function planRows(
  context: RowsContext,
  dataset: Dataset,
  input: RowsInput,
  reader: Reader,
  { read, range, end = range.end, span, before, guessedRows }: RowsKind,
  bars?: { readonly step: BarsStep; readonly lookups: readonly Lookup[] },
): QueryPlan {
  // Unknown until the table has been inspected.
  if (context.facts.enforcesKey(dataset) === false) refuseSuperseded(dataset, input.where)
  const asked = answerFields(dataset, input.fields)
  const needed = bars?.step.plan.read ?? asked
  const { adjust = 'none', missingFactor, anchor, limit } = input
  const adjustment =
    dataset.adjustment && adjust !== 'none'
      ? planAdjustment(dataset.adjustment, { adjust, missingFactor }, needed)
      : undefined
  const adjusted =
    adjustment && planAdjust(context, dataset, adjustment, { anchor: anchor ?? end?.slice(0, 10), before, range })
  const columns = readOf(context, dataset, adjustment?.read ?? needed)
  const joined = adjusted?.joined === undefined ? {} : { factor: adjusted.joined }
  const where = jsonFilters(input.where)
  const cut: readonly Step[] = limit === undefined ? [] : [{ step: 'limit', rows: limit }]
  const adjusting = adjusted ? [adjusted.step] : []
  return {
    rows: withFactorsApart(context, read({ ...columns, ...joined }), guessedRows),
    steps: [
      ...orderSteps(dataset, bars !== undefined || adjustment?.ofRowBefore === true),
      ...(bars ? [...adjusting, bars.step, ...cut] : [...cut, ...adjusting]),
      ...(span ? [planCoverage(context.catalogue, dataset, span, reader, adjustment?.missing === 'skip')] : []),
      ...planKnownSymbols(context.catalogue, [dataset], input, reader, dataset.symbol),
      { step: 'select', fields: asked.length },
    ],
    checks: [],
    lookups: lookupsOf(dataset, adjusted?.lookups ?? [], bars?.lookups ?? []),
    fields: context.fields.of(dataset, asked),
    meta: {
      ...columnsOf(dataset),
      arguments: { ...input, ...(where ? { where } : {}), ...(dataset.adjustment ? { adjust } : {}) },
      ...(dataset.adjustment ? { adjust, rule: [{ words: ruleText(dataset.adjustment, adjust) }] } : {}),
      ...(bars?.step.periods.of === 'sessions' ? { freq: bars.step.periods.period } : {}),
    },
    guessedRows,
  }
}

/** Merges lookups of the last date of an answer and of its table if they are the same, or if one pass finds both. */
function lookupsOf(dataset: Dataset, ofAnswer: readonly Lookup[], ofTable: readonly Lookup[]): readonly Lookup[] {
  const [[answer], [table]] = [ofAnswer, ofTable]
  if (!answer || !table || answer.read.read !== 'lastDate') return [...ofAnswer, ...ofTable]
  const { symbols, start, end } = answer.read
  const names = [...answer.names, ...table.names]
  if (symbols === undefined && start === undefined && end === undefined) return [{ ...answer, names }]
  if (dataset.latest !== 'scan' || hasMembers(dataset)) return [answer, table]
  return [{ ...answer, names, read: { ...answer.read, read: 'lastDates' } }]
}

/** The columns of an answer that play a role. */
export const columnsOf = ({ name, symbol, date }: Dataset): Pick<PlanMeta, 'dataset' | 'symbol' | 'date'> => ({
  dataset: name,
  ...(symbol === undefined ? {} : { symbol }),
  ...(date === undefined ? {} : { date }),
})

/** Bars and previous closes that take the factor of the row before need consecutive rows. */
function orderSteps(dataset: Dataset, bySymbol: boolean): readonly Step[] {
  if (!bySymbol) return []
  return [
    ...(dataset.managed === false && dataset.symbol !== undefined
      ? [{ step: 'inOrder', dataset: dataset.name } as const]
      : []),
    ...(seriesOf(dataset).length > 0 ? [{ step: 'oneRow', dataset: dataset.name } as const] : []),
  ]
}

/** Refuses filters that could drop the row of a key that is to be kept: an older one would be used instead. */
function refuseSuperseded({ name, key, onDuplicate }: Dataset, where: Filters = {}): void {
  if (typeof onDuplicate !== 'object') return
  const other = Object.keys(where).find((field) => where[field] !== undefined && !key.includes(field))
  if (other === undefined) return
  throw new StockdbError(
    'INVALID_INPUT',
    `where: got ${other}; expected fields of the key only (${key.join(', ')}), because ${name} keeps the ${onDuplicate.keep} of several rows of a key, which ${other} may leave out`,
  )
}
