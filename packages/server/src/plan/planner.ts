import type { Dataset } from '@stockdb/contract'
import type { CheckedAsOf, CheckedInput, ReadName } from '@stockdb/contract/internal'
import { asOfFields, dateOf, daysOf, fieldsUnknownAsOf } from '@stockdb/contract/internal'
import { ruleFields } from './as-of/rules.ts'
import { ruleOfAnswer, withDefaults } from './as-of/select-as-of.ts'
import { lengthOf, planChoice, planMinuteBars, planSessionBars } from './bars/plan-bars.ts'
import { everyone, type Reader } from './facts.ts'
import { jsonFilters } from './filters.ts'
import { FrameFields } from './frame-fields.ts'
import { type PlanContext, type ReadFields, readOf, repeatChecks } from './plan-context.ts'
import { planCoverage } from './plan-coverage.ts'
import { planKnownSymbols } from './plan-known-symbols.ts'
import { type CheckedPanel, planDense } from './plan-panel.ts'
import { columnsOf, planRows, type ReadColumns, type RowsContext, type RowsInput, type RowsKind } from './plan-rows.ts'
import type { QueryPlan } from './query-plan.ts'
import type { RowsRead } from './read.ts'
import type { LatestRead, RangeRead, RepeatRead } from './read-types.ts'
import type { RepeatRange } from './repeats/select-repeat.ts'
import { RowGuess } from './row-guess.ts'
import type { RowsPlan, Span } from './step.ts'

/** A plan of each procedure that reads a dataset: the server answers what the contract declares with the method of its name. */
export type DatasetPlans = {
  [Name in ReadName]: (dataset: Dataset, input: CheckedInput<Name>, reader?: Reader) => QueryPlan
}

/**
 * Turns calls that read a dataset into plans. Pure: it reads nothing, and the same call by the same reader gives the same plan as long as the
 * known facts about the tables stay the same.
 */
export class Planner implements RowsContext, DatasetPlans {
  readonly catalogue: PlanContext['catalogue']
  readonly facts: PlanContext['facts']
  readonly fields = new FrameFields()

  constructor(catalogue: PlanContext['catalogue'], facts: PlanContext['facts']) {
    this.catalogue = catalogue
    this.facts = facts
  }

  /** Rows between two dates, or bars of them. */
  range(
    dataset: Dataset,
    input: RowsInput & { start?: string | undefined; end?: string | undefined },
    reader = everyone,
  ): QueryPlan {
    const { bars } = dataset
    const freq = input.freq ?? bars?.minutes?.stored
    if (bars?.minutes && freq !== undefined) return this.#minutes(dataset, { ...input, freq }, reader)
    const longer =
      bars && freq !== undefined && freq !== 'day' ? planSessionBars(dataset, { ...input, freq }) : undefined
    const kind = this.#rangeKind(dataset, input)
    if (!longer) return planRows(this, dataset, input, reader, kind)
    return planRows(this, dataset, input, reader, { ...kind, read: kind.readAll }, longer)
  }

  /** Rows of one date; with `lookback`, each symbol's last row on or before it. */
  at(
    dataset: Dataset,
    input: RowsInput & { date: string; lookback?: boolean | undefined },
    reader = everyone,
  ): QueryPlan {
    const { date, lookback, symbols } = input
    const where = jsonFilters(input.where)
    const equal = lengthOf(dataset, input.freq)
    const last = { read: 'latest', symbols, equal, where, end: date, n: 1 } as const
    const one = { read: 'at', symbols, equal, where, date } as const
    return planRows(this, dataset, input, reader, {
      read: (columns): RowsRead => ({ ...columns, ...(lookback ? last : one) }),
      range: lookback ? { symbols, end: date, where } : { symbols, start: date, end: date, where },
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
    input: RowsInput & { n?: number | undefined; end?: string | undefined },
    reader = everyone,
  ): QueryPlan {
    const { n = 1, end, symbols } = input
    const where = jsonFilters(input.where)
    const equal = lengthOf(dataset, input.freq)
    return planRows(this, dataset, { ...input, n } as RowsInput, reader, {
      read: (columns): LatestRead => ({ ...columns, read: 'latest', symbols, equal, where, end, n }),
      range: { symbols, end, where, equal },
      span: { of: 'last days', symbols, end, where },
      before: () => ({ end, n: n + 1, skip: n, equal, where }),
      guessedRows: new RowGuess(dataset).latest(input),
    })
  }

  /** Rows of a dataset without dates. */
  list(dataset: Dataset, input: RowsInput, reader = everyone): QueryPlan {
    const { symbols, limit } = input
    const where = jsonFilters(input.where) ?? {}
    return planRows(this, dataset, input, reader, {
      read: (columns): RowsRead => ({
        ...{ ...columns, read: 'list', symbols, where },
        limit: oneMore(limit, dataset, columns),
      }),
      range: {},
      span: dataset.symbol === undefined ? undefined : { of: 'symbols', symbols, where },
      guessedRows: new RowGuess(dataset).list(input),
    })
  }

  /** Rows that were known, or in force, on a date. */
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
      fields: this.fields.of(dataset, fields),
      meta: {
        ...columnsOf(dataset),
        arguments: { ...input },
        asOf: date,
        rule: [{ words: ruleOfAnswer(dataset, input) }],
        ...(dataset.adjustment ? { adjust: 'none' } : {}),
      },
      guessedRows: new RowGuess(dataset).asOf(input),
    }
  }

  /** Numbers for every symbol on every trading day. */
  panel(dataset: Dataset, input: CheckedPanel, reader = everyone): QueryPlan {
    const { fill = 'none', maxFill, ...asked } = input
    const plan = this.range(dataset, asked, reader)
    return planDense(this, dataset, input, plan, reader, (before) => this.at(dataset, before))
  }

  /** Plans checks for repeated keys, for datasets whose tables may have some. */
  repeatChecks(reads: readonly ReadFields[], range: RepeatRange): RepeatRead[] {
    return repeatChecks(this, reads, range)
  }

  #minutes(
    dataset: Dataset,
    input: RowsInput & { freq: string; start?: string | undefined; end?: string | undefined },
    reader: Reader,
  ): QueryPlan {
    const minutes = planMinuteBars(dataset, input)
    const { freq, source } = minutes
    const kind = this.#rangeKind(dataset, input)
    const stored = planRows(this, dataset, input, reader, { ...kind, before: undefined })
    const meta = { ...stored.meta, freq, ...(source === undefined ? {} : { from: source }) }
    if (source === freq) return { ...stored, meta }
    const around = this.#rangeKind(dataset, { ...input, ...minutes.around, freq: source })
    const { readAll: read, range } = around
    const kindOfBars = { ...kind, read, range, end: input.end, before: undefined }
    const built = planRows(this, dataset, input, reader, kindOfBars, { step: minutes.step, lookups: [] })
    if (source !== undefined) return { ...built, meta }
    const { rows, steps, lookups } = built as QueryPlan & RowsPlan<RangeRead>
    return { ...stored, meta, choice: planChoice(dataset, input, minutes, { rows, steps, lookups }) }
  }

  #rangeKind(
    dataset: Dataset,
    input: RowsInput & { start?: string | undefined; end?: string | undefined },
  ): RowsKind & { readonly readAll: RowsKind['read'] } {
    const { symbols, start, end, limit } = input
    const where = jsonFilters(input.where)
    const equal = lengthOf(dataset, input.freq)
    const span = { symbols, start, end, where }
    const range = { ...span, equal }
    const readAll = (columns: ReadColumns): RangeRead => ({ ...columns, read: 'range', ...range })
    return {
      readAll,
      read: (columns) => ({ ...readAll(columns), limit: oneMore(limit, dataset, columns) }),
      range,
      span: { of: 'days', ...span },
      before: () => ({ end: dayBefore(start), n: 1, skip: 0, equal, where }),
      guessedRows: new RowGuess(dataset).range(input),
    }
  }
}

/** One row more than the limit, to know whether there are more; no limit if repeats are dropped. */
const oneMore = (limit: number | undefined, { onDuplicate }: Dataset, { repeats }: ReadColumns): number | undefined =>
  limit === undefined || (repeats && onDuplicate) ? undefined : limit + 1

const dayBefore = (day: string | undefined): string | undefined =>
  day === undefined ? undefined : dateOf(daysOf(day.slice(0, 10)) - 1)
