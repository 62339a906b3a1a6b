import type { Dataset } from '@stockdb/contract'
import type { CheckedAsOf, CheckedScreen } from '@stockdb/contract/internal'
import { answerFields, asOfFields, dateOf, daysOf, fieldsUnknownAsOf } from '@stockdb/contract/internal'
import type { Adjust, FrameField, MissingFactor } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import { SizedCache } from '../bounds/sized-cache.ts'
import { planAdjustment, ruleText } from './adjust/adjustment.ts'
import { planAdjust, type WantedBefore } from './adjust/plan-adjust.ts'
import { ruleFields } from './as-of/rules.ts'
import { ruleOfAnswer, withDefaults } from './as-of/select-as-of.ts'
import { seriesOf } from './bars/one-row.ts'
import { lengthOf, planChoice, planMinuteBars, planSessionBars } from './bars/plan-bars.ts'
import { frameField } from './columns.ts'
import { everyone, type Reader } from './facts.ts'
import { type Filters, jsonFilters } from './filters.ts'
import { type ListInstruments, planInstruments } from './instruments/list-instruments.ts'
import { planSearch, type SearchInstruments } from './instruments/search-instruments.ts'
import type { StockTables } from './instruments/stocks.ts'
import { type PlanContext, type ReadFields, readOf, repeatChecks } from './plan-context.ts'
import { planCoverage } from './plan-coverage.ts'
import { planKnownSymbols } from './plan-known-symbols.ts'
import { type CheckedPanel, planDense } from './plan-panel.ts'
import type { BarsStep, Lookup, PlanMeta, QueryPlan, RowsPlan, Span, Step } from './query-plan.ts'
import type { LatestRead, RangeRead, RepeatRead, RowsRead } from './read.ts'
import type { RepeatBounds } from './repeats/select-repeat.ts'
import { RowGuess } from './row-guess.ts'
import { planScreen } from './screen/plan-screen.ts'
import type { RangeBounds } from './select-range.ts'

/** Of the combinations of fields that are kept ready, each with the schema that is written of it. */
const FIELDS_BYTES = 8 * 2 ** 20
/** A field and what its schema takes. */
const FIELD_BYTES = 400

/** A caller's input, checked by the schemas of the contract: dates are `YYYY-MM-DD`, names are known. */
interface Input {
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

/** What a read of a dataset's rows is made of. */
interface Columns {
  readonly dataset: string
  readonly fields: readonly string[]
  readonly repeats?: true
  readonly factor?: string
}

/** How one kind of call differs from the others. */
interface Kind {
  readonly read: (columns: Columns) => RowsRead
  /** The rows that prices are adjusted for. */
  readonly bounds: RangeBounds
  readonly span: Span | undefined
  readonly guessedRows: number
  readonly before?: (() => WantedBefore) | undefined
}

/**
 * Works calls out as plans. Pure: it reads nothing, and the same call of the same reader gives the same plan as long as
 * nothing else is found out about the tables.
 */
export class Planner implements PlanContext {
  readonly catalogue: PlanContext['catalogue']
  readonly facts: PlanContext['facts']
  readonly #fields = new SizedCache<readonly FrameField[]>(FIELDS_BYTES, ({ length }) => length * FIELD_BYTES)

  constructor(catalogue: PlanContext['catalogue'], facts: PlanContext['facts']) {
    this.catalogue = catalogue
    this.facts = facts
  }

  /** Rows between two dates, or bars of them. */
  range(
    dataset: Dataset,
    input: Input & { start?: string | undefined; end?: string | undefined },
    reader = everyone,
  ): QueryPlan {
    const { bars } = dataset
    const freq = input.freq ?? bars?.minutes?.stored
    if (bars?.minutes && freq !== undefined) return this.#minutes(dataset, { ...input, freq }, reader)
    const longer =
      bars && freq !== undefined && freq !== 'day' ? planSessionBars(dataset, { ...input, freq }) : undefined
    const kind = this.#rangeKind(dataset, input)
    if (!longer) return this.#plan(dataset, input, reader, kind)
    return this.#plan(dataset, input, reader, { ...kind, read: kind.readAll }, longer)
  }

  /** Rows of one date; with `lookback`, each symbol's last row on or before it. */
  at(dataset: Dataset, input: Input & { date: string; lookback?: boolean | undefined }, reader = everyone): QueryPlan {
    const { date, lookback, symbols } = input
    const where = jsonFilters(input.where)
    const equal = lengthOf(dataset, input.freq)
    const last = { read: 'latest', symbols, equal, where, end: date, n: 1 } as const
    const one = { read: 'at', symbols, equal, where, date } as const
    return this.#plan(dataset, input, reader, {
      read: (columns): RowsRead => ({ ...columns, ...(lookback ? last : one) }),
      bounds: lookback ? { symbols, end: date, where } : { symbols, start: date, end: date, where },
      span: lookback
        ? { of: 'last days', symbols, end: date, where }
        : { of: 'days', symbols, start: date, end: date, where },
      before: () =>
        lookback ? { end: date, n: 2, skip: 1, equal, where } : { end: dayBefore(date), n: 1, skip: 0, equal, where },
      guessedRows: new RowGuess(dataset).at(input),
    })
  }

  /** Rows of each symbol's last `n` dates. */
  latest(
    dataset: Dataset,
    input: Input & { n?: number | undefined; end?: string | undefined },
    reader = everyone,
  ): QueryPlan {
    const { n = 1, end, symbols } = input
    const where = jsonFilters(input.where)
    const equal = lengthOf(dataset, input.freq)
    return this.#plan(dataset, { ...input, n } as Input, reader, {
      read: (columns): LatestRead => ({ ...columns, read: 'latest', symbols, equal, where, end, n }),
      bounds: { symbols, end, where },
      span: { of: 'last days', symbols, end, where },
      before: () => ({ end, n: n + 1, skip: n, equal, where }),
      guessedRows: new RowGuess(dataset).latest(input),
    })
  }

  /** Rows of a dataset without dates. */
  list(dataset: Dataset, input: Input, reader = everyone): QueryPlan {
    const { symbols, limit } = input
    const where = jsonFilters(input.where) ?? {}
    return this.#plan(dataset, input, reader, {
      read: (columns): RowsRead => ({
        ...{ ...columns, read: 'list', symbols, where },
        limit: oneMore(limit, dataset, columns),
      }),
      bounds: {},
      span: dataset.symbol === undefined ? undefined : { of: 'symbols', symbols, where },
      guessedRows: new RowGuess(dataset).list(input),
    })
  }

  /** Rows that were known, or held, on a date. */
  asOf(dataset: Dataset, given: CheckedAsOf, reader = everyone): QueryPlan {
    const input = withDefaults(dataset, given)
    const { symbols, date, periods, sameDay, report_type } = input
    const fields = asOfFields(dataset, input.fields)
    const { pointInTime, name } = dataset
    // Of versions the last one is taken, so that repeats among them would not be seen.
    const ranked = pointInTime?.kind === 'announced'
    const withheld =
      pointInTime?.kind === 'interval' && fieldsUnknownAsOf(pointInTime).some((field) => dataset.key.includes(field))
    const checked = ranked || withheld
    const columns = checked ? { dataset: name, fields } : readOf(this, dataset, fields)
    const compared = [...fields, ...ruleFields(dataset)]
    const span: Span = { of: 'symbols', symbols, start: date, end: date }
    return {
      rows: { read: 'asOf', ...columns, symbols, date, periods, sameDay, report_type },
      checks: checked ? this.repeatChecks([{ dataset, fields: compared }], { symbols }) : [],
      lookups: [],
      steps: [
        ...(dataset.symbol === undefined ? [] : [planCoverage(this.catalogue, dataset, span, reader, false)]),
        ...planKnownSymbols(this.catalogue, [dataset], input, reader, dataset.symbol),
        { step: 'select', fields: fields.length },
      ],
      fields: this.#frameFields(dataset, fields),
      meta: {
        ...rolesOf(dataset),
        arguments: { ...input },
        asOf: date,
        rule: [{ words: ruleOfAnswer(dataset, input) }],
        ...(dataset.adjustment ? { adjust: 'none' } : {}),
      },
      guessedRows: new RowGuess(dataset).asOf(input),
    }
  }

  /** Numbers of which every symbol has one a trading day. */
  panel(dataset: Dataset, input: CheckedPanel, reader = everyone): QueryPlan {
    const { fill = 'none', maxFill, ...asked } = input
    const plan = this.range(dataset, asked, reader)
    return planDense(this, dataset, input, plan, reader, (before) => this.at(dataset, before))
  }

  /** Stocks that meet conditions on one date. */
  screen(input: CheckedScreen, reader = everyone): QueryPlan {
    return planScreen(this, input, reader)
  }

  /** Stocks that were listed on a date. */
  instruments(tables: StockTables, input: ListInstruments, reader = everyone): QueryPlan {
    return planInstruments(this, namesFor(tables, reader), input, reader)
  }

  /** Stocks that a text means. */
  search(tables: StockTables, input: SearchInstruments, reader = everyone): QueryPlan {
    return planSearch(this, namesFor(tables, reader), input)
  }

  /** Checks for repeats of the key, of those datasets whose tables may have some. */
  repeatChecks(reads: readonly ReadFields[], bounds: RepeatBounds): RepeatRead[] {
    return repeatChecks(this, reads, bounds)
  }

  #minutes(
    dataset: Dataset,
    input: Input & { freq: string; start?: string | undefined; end?: string | undefined },
    reader: Reader,
  ): QueryPlan {
    const minutes = planMinuteBars(dataset, input)
    const { freq, source } = minutes
    const kind = this.#rangeKind(dataset, input)
    const stored = this.#plan(dataset, input, reader, { ...kind, before: undefined })
    const meta = { ...stored.meta, freq, ...(source === undefined ? {} : { from: source }) }
    if (source === freq) return { ...stored, meta }
    const around = this.#rangeKind(dataset, { ...input, ...minutes.around, freq: source })
    const kindOfBars = { ...kind, read: around.readAll, before: undefined }
    const built = this.#plan(dataset, input, reader, kindOfBars, { step: minutes.step, lookups: [] })
    if (source !== undefined) return { ...built, meta }
    const { rows, steps } = built as RowsPlan<RangeRead>
    return { ...stored, meta, choice: planChoice(dataset, input, minutes, { rows, steps }) }
  }

  #rangeKind(
    dataset: Dataset,
    input: Input & { start?: string | undefined; end?: string | undefined },
  ): Kind & { readonly readAll: Kind['read'] } {
    const { symbols, start, end, limit } = input
    const where = jsonFilters(input.where)
    const equal = lengthOf(dataset, input.freq)
    const bounds = { symbols, start, end, where }
    const readAll = (columns: Columns): RangeRead => ({ ...columns, read: 'range', ...bounds, equal })
    return {
      readAll,
      read: (columns) => ({ ...readAll(columns), limit: oneMore(limit, dataset, columns) }),
      bounds,
      span: { of: 'days', ...bounds },
      before: () => ({ end: dayBefore(start), n: 1, skip: 0, equal, where }),
      guessedRows: new RowGuess(dataset).range(input),
    }
  }

  #plan(
    dataset: Dataset,
    input: Input,
    reader: Reader,
    { read, bounds, span, before, guessedRows }: Kind,
    bars?: { readonly step: BarsStep; readonly lookups: readonly Lookup[] },
  ): QueryPlan {
    // Before the table was looked at there is no telling.
    if (this.facts.enforcesKey(dataset) === false) refuseSuperseded(dataset, input.where)
    const asked = answerFields(dataset, input.fields)
    const needed = bars?.step.plan.read ?? asked
    const { adjust = 'none', missingFactor, anchor, limit } = input
    const adjustment =
      dataset.adjustment && adjust !== 'none'
        ? planAdjustment(dataset.adjustment, { adjust, missingFactor }, needed)
        : undefined
    const adjusted = adjustment && planAdjust(this, dataset, adjustment, { anchor, before: before?.(), bounds })
    const columns = readOf(this, dataset, adjustment?.read ?? needed)
    const joined = adjusted?.joined === undefined ? {} : { factor: adjusted.joined }
    const where = jsonFilters(input.where)
    const cut: readonly Step[] = limit === undefined ? [] : [{ step: 'limit', rows: limit }]
    const adjusting = adjusted ? [adjusted.step] : []
    return {
      rows: read({ ...columns, ...joined }),
      steps: [
        ...orderSteps(dataset, bars !== undefined || adjustment?.ofRowBefore === true),
        ...(bars ? [...adjusting, bars.step, ...cut] : [...cut, ...adjusting]),
        ...(span ? [planCoverage(this.catalogue, dataset, span, reader, adjustment?.missing === 'skip')] : []),
        ...planKnownSymbols(this.catalogue, [dataset], input, reader, dataset.symbol),
        { step: 'select', fields: asked.length },
      ],
      checks: [],
      lookups: lookupsOf(dataset, adjusted?.lookups ?? [], bars?.lookups ?? []),
      fields: this.#frameFields(dataset, asked),
      meta: {
        ...rolesOf(dataset),
        arguments: { ...input, ...(where ? { where } : {}), ...(dataset.adjustment ? { adjust } : {}) },
        ...(dataset.adjustment ? { adjust, rule: [{ words: ruleText(dataset.adjustment, adjust) }] } : {}),
        ...(bars?.step.periods.of === 'sessions' ? { freq: bars.step.periods.period } : {}),
      },
      guessedRows,
    }
  }

  /** The same array for the same fields: what is made of it on the way out is made once. */
  #frameFields(dataset: Dataset, asked: readonly string[]): readonly FrameField[] {
    const key = `${dataset.name}|${asked.join()}`
    let fields = this.#fields.get(key)
    if (!fields) {
      fields = asked.map((name) => frameField(dataset, name))
      this.#fields.set(key, fields)
    }
    return fields
  }
}

/** Without names of the past, or for a reader who may not read them, answers have those of today, and say so row by row. */
function namesFor(tables: StockTables, reader: Reader): StockTables {
  const { names } = tables
  const told = names && reader.mayRead(names.name) && !reader.lacks?.(names.name)
  return told ? tables : { ...tables, names: undefined }
}

/** The dates of an answer and of its table: where they are the same, or one pass finds both, they are read once. */
function lookupsOf(dataset: Dataset, ofAnswer: readonly Lookup[], ofTable: readonly Lookup[]): readonly Lookup[] {
  const [[answer], [table]] = [ofAnswer, ofTable]
  if (!answer || !table || answer.read.read !== 'lastDate') return [...ofAnswer, ...ofTable]
  const { symbols, start, end } = answer.read
  const names = [...answer.names, ...table.names]
  if (symbols === undefined && start === undefined && end === undefined) return [{ ...answer, names }]
  if (dataset.latest !== 'scan') return [answer, table]
  return [{ ...answer, names, read: { ...answer.read, read: 'lastDates' } }]
}

const rolesOf = ({ name, symbol, date }: Dataset): Pick<PlanMeta, 'dataset' | 'symbol' | 'date'> => ({
  dataset: name,
  ...(symbol === undefined ? {} : { symbol }),
  ...(date === undefined ? {} : { date }),
})

/** Bars, and previous closes that take the factor of the row before, are made of rows that follow one another. */
function orderSteps(dataset: Dataset, bySymbol: boolean): readonly Step[] {
  if (!bySymbol) return []
  return [
    ...(dataset.managed === false && dataset.symbol !== undefined
      ? [{ step: 'inOrder', dataset: dataset.name } as const]
      : []),
    ...(seriesOf(dataset).length > 0 ? [{ step: 'oneRow', dataset: dataset.name } as const] : []),
  ]
}

/** One row more than the limit tells whether there are more; where repeats are left out it may be any. */
const oneMore = (limit: number | undefined, { onDuplicate }: Dataset, { repeats }: Columns): number | undefined =>
  limit === undefined || (repeats && onDuplicate) ? undefined : limit + 1

const dayBefore = (day: string | undefined): string | undefined =>
  day === undefined ? undefined : dateOf(daysOf(day.slice(0, 10)) - 1)

/** Filters come before the choice among rows of one key, so they may leave out the one that is to be kept: an older one would be taken. */
function refuseSuperseded({ name, key, onDuplicate }: Dataset, where: Filters = {}): void {
  if (typeof onDuplicate !== 'object') return
  const other = Object.keys(where).find((field) => where[field] !== undefined && !key.includes(field))
  if (other === undefined) return
  throw new StockdbError(
    'INVALID_INPUT',
    `where: got ${other}; expected fields of the key only (${key.join(', ')}), because ${name} keeps the ${onDuplicate.keep} of several rows of a key, which ${other} may leave out`,
  )
}
