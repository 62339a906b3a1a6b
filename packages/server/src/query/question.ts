import type {
  Adjust,
  Catalogue,
  CheckedAsOf,
  Dataset,
  FrameField,
  Frequency,
  MinuteFrequency,
  MinuteRule,
} from '@stockdb/contract'
import { answerFields, asOfFields, millisecondsOf, minutesOf } from '@stockdb/contract'
import { LRUCache } from 'lru-cache'
import type { ReadQuery } from '../engine/engine.ts'
import type { AdjustmentPlan } from './adjustment.ts'
import { planAdjustment } from './adjustment.ts'
import { ruleOfAnswer, selectAsOf, withDefaults } from './as-of/select-as-of.ts'
import { type BarPlan, planBars } from './bars/bar-plan.ts'
import { divisorsOf } from './bars/choose-source.ts'
import { aroundBars } from './bars/minute-periods.ts'
import { selectMoments, selectSources } from './bars/select-sources.ts'
import { frameField } from './columns.ts'
import type { Filters } from './filters.ts'
import { selectFactors, selectLastDate, selectLatest } from './latest/select-latest.ts'
import type { Columns, Equal } from './rows.ts'
import { selectList } from './select-list.ts'
import { type RangeBounds, selectAt, selectRange } from './select-range.ts'
import type { Templates } from './template.ts'

/** Combinations of fields that are kept ready. */
const SHAPES = 1_000

/** A caller's input, checked by the schemas of the contract: dates are `YYYY-MM-DD`, names are known. */
interface Input {
  readonly symbols?: readonly string[] | undefined
  readonly fields?: readonly string[] | undefined
  readonly adjust?: Adjust | undefined
  readonly anchor?: string | undefined
  readonly limit?: number | undefined
  readonly freq?: string | undefined
  readonly from?: string | undefined
  readonly where?: Filters | undefined
}

/** A caller's question to one dataset, worked out: what to read, and how the answer is made of it. */
export interface Question {
  readonly dataset: Dataset
  readonly query: ReadQuery
  /** The answer's columns, in order; the read may have more behind them. */
  readonly fields: readonly FrameField[]
  /** The arguments as understood. */
  readonly arguments: Readonly<Record<string, unknown>>
  /** The most rows; one more is read, to tell whether there were more. */
  readonly limit?: number | undefined
  readonly adjustment?: Adjustment | undefined
  /** The date as of which the rows were known or held, and by which rule. */
  readonly asOf?: { readonly date: string; readonly rule: string } | undefined
  /** How the rows are put together to bars; absent where they are answered as they are. */
  readonly bars?: Bars | undefined
  /** What the answer is to be measured by; absent where rows have no date. */
  readonly span?: Span | undefined
}

export type Bars = SessionBars | MinuteBars

/** Bars of a week or longer. */
export interface SessionBars {
  readonly kind: 'sessions'
  readonly plan: BarPlan
  readonly period: Exclude<Frequency, 'day'>
  readonly end?: string | undefined
  /** Reads the last date that the table has, whoever's. */
  readonly lastDate: () => ReadQuery
}

/** Bars of some minutes, stored as such or in shorter ones. */
export interface MinuteBars {
  readonly kind: 'minutes'
  readonly plan: BarPlan
  readonly rule: MinuteRule
  readonly freq: MinuteFrequency
  readonly from?: MinuteFrequency | undefined
  /** The labels that bars may have; absent where the range is open. */
  readonly first?: number | undefined
  readonly last?: number | undefined
  /** Tells of which length the bars are to be made; absent where only one is stored. */
  readonly choice?: SourceQueries
  /** Reads the bars of another length, of which those asked for are to be made. */
  readonly read: (from: MinuteFrequency) => ReadQuery
}

/** What is read to choose among stored lengths. */
export interface SourceQueries {
  /** Reads which lengths are stored. */
  readonly sources: () => ReadQuery
  /** Reads symbol, length and moment of the bars of some lengths, symbol by symbol; of some symbols where they are given. */
  readonly moments: (lengths: readonly MinuteFrequency[], symbols: readonly string[] | undefined) => ReadQuery
}

/** The symbols and days that were asked for. */
export interface Span {
  readonly symbols?: readonly string[] | undefined
  /** Date or datetime, as they came; open where they did not. */
  readonly start?: string | undefined
  readonly end?: string | undefined
  /** Only rows of these values were asked for. */
  readonly where?: Filters | undefined
}

export interface Adjustment {
  readonly plan: AdjustmentPlan
  readonly factors: Dataset
  /** The anchor, if it is known without asking the database. */
  readonly anchor?: string | undefined
  /** Reads the last date of the answer, which is the anchor then. */
  readonly lastDate: () => ReadQuery
  /** Reads each symbol's factor at the anchor. */
  readonly anchorFactors: (anchor: string) => ReadQuery
}

/** The datasets that several statements read for an answer, which must see one state of them; `undefined` where one statement does. */
export function readTogether({ dataset, adjustment, bars }: Question): readonly Dataset[] | undefined {
  const severalReads =
    adjustment?.plan.adjust === 'qfq' ||
    bars?.kind === 'sessions' ||
    (bars?.kind === 'minutes' && bars.from === undefined && bars.rule.stored === undefined && bars.choice !== undefined)
  if (!severalReads) return undefined
  return adjustment ? [dataset, adjustment.factors] : [dataset]
}

/** Works out questions to the datasets of one catalogue. Pure: it reads nothing. */
export class Questions {
  readonly #catalogue: Catalogue
  readonly #templates: Templates
  readonly #fields = new LRUCache<string, readonly FrameField[]>({ max: SHAPES })

  constructor(catalogue: Catalogue, templates: Templates) {
    this.#catalogue = catalogue
    this.#templates = templates
  }

  range(dataset: Dataset, input: Input & { start?: string | undefined; end?: string | undefined }): Question {
    const { limit, symbols, start, end, where } = input
    const freq = input.freq ?? dataset.bars?.minutes?.stored
    const bounds = { symbols, start, end, where }
    const whole = (what: Columns): ReadQuery => selectRange(this.#templates, what, bounds)
    if (dataset.bars && freq !== undefined && freq !== 'day' && !dataset.bars.minutes)
      return this.#question(dataset, input, whole, bounds, (asked) =>
        this.#sessionBars(dataset, { ...input, freq }, asked),
      )
    const equal = lengthOf(dataset, freq)
    const select = (what: Columns): ReadQuery =>
      selectRange(this.#templates, what, { ...bounds, equal, limit: limit === undefined ? undefined : limit + 1 })
    const question = this.#question(dataset, input, select, bounds)
    if (!dataset.bars?.minutes) return question
    const bars = this.#minuteBars(dataset, { ...input, freq })
    return { ...question, bars, arguments: { ...question.arguments, freq } }
  }

  at(dataset: Dataset, input: Input & { date: string; lookback?: boolean | undefined }): Question {
    const { date, lookback, symbols, where } = input
    const equal = lengthOf(dataset, input.freq)
    const select = (what: Columns): ReadQuery =>
      lookback
        ? selectLatest(this.#templates, what, { symbols, end: date, n: 1, equal, where })
        : selectAt(this.#templates, what, { symbols, date, equal, where })
    const question = this.#question(dataset, input, select, { end: date, where })
    return lookback ? question : { ...question, span: { symbols, start: date, end: date, where } }
  }

  latest(dataset: Dataset, input: Input & { n?: number | undefined; end?: string | undefined }): Question {
    const { n = 1, end, symbols, where } = input
    const equal = lengthOf(dataset, input.freq)
    const select = (what: Columns): ReadQuery => selectLatest(this.#templates, what, { symbols, end, n, equal, where })
    return this.#question(dataset, { ...input, n } as Input, select, { end, where })
  }

  list(dataset: Dataset, input: Input): Question {
    const { limit, symbols, where = {} } = input
    const select = (what: Columns): ReadQuery =>
      selectList(this.#templates, what, { symbols, where, limit: limit === undefined ? undefined : limit + 1 })
    return this.#question(dataset, input, select, {})
  }

  asOf(dataset: Dataset, given: CheckedAsOf): Question {
    const input = withDefaults(dataset, given)
    const fields = asOfFields(dataset, input.fields)
    return {
      dataset,
      query: selectAsOf(this.#templates, { dataset, fields }, input),
      fields: this.#frameFields(dataset, fields),
      arguments: { ...input },
      asOf: { date: input.date, rule: ruleOfAnswer(dataset, input) },
    }
  }

  #question(
    dataset: Dataset,
    input: Input,
    select: (what: Columns) => ReadQuery,
    bounds: RangeBounds,
    barsOf?: (asked: readonly string[]) => Bars,
  ): Question {
    const asked = answerFields(dataset, input.fields)
    const bars = barsOf?.(asked)
    const needed = bars?.plan.read ?? asked
    const adjust = input.adjust ?? 'none'
    const plan =
      dataset.adjustment && adjust !== 'none' ? planAdjustment(dataset.adjustment, adjust, needed) : undefined
    return {
      dataset,
      query: select({
        dataset,
        fields: plan?.read ?? needed,
        factor: plan && { rule: plan.rule, dataset: this.#factors(plan) },
      }),
      fields: this.#frameFields(dataset, asked),
      arguments: { ...input, ...shownFilters(input.where), ...(dataset.adjustment ? { adjust } : {}) },
      limit: input.limit,
      adjustment: plan && this.#adjustment(dataset, plan, input, bounds),
      bars,
      span:
        dataset.date === undefined
          ? undefined
          : { symbols: input.symbols, start: bounds.start, end: bounds.end, where: input.where },
    }
  }

  #sessionBars(
    dataset: Dataset,
    { freq, end, where }: { freq: string; end?: string | undefined; where?: Filters | undefined },
    asked: readonly string[],
  ): SessionBars {
    return {
      kind: 'sessions',
      plan: planBars(dataset, asked),
      // Checked by the schema.
      period: freq as SessionBars['period'],
      end,
      lastDate: () => selectLastDate(this.#templates, dataset, { where }),
    }
  }

  #minuteBars(dataset: Dataset, input: Input & { start?: string | undefined; end?: string | undefined }): MinuteBars {
    const rule = dataset.bars?.minutes
    if (!rule) throw new TypeError(`dataset ${dataset.name} has no bars of minutes`)
    const { frequency } = rule
    const plan = planBars(dataset, answerFields(dataset, input.fields))
    // Checked by the schema.
    const [freq, from] = [input.freq as MinuteFrequency, input.from as MinuteFrequency | undefined]
    const length = minutesOf(freq) ?? 1
    const [first, last] = [input.start, input.end].map((text) =>
      text === undefined ? undefined : millisecondsOf(text),
    )
    // So far that the first bar and the last are whole.
    const bounds = { symbols: input.symbols, where: input.where, ...aroundBars(rule, length, input) }
    return {
      kind: 'minutes',
      plan,
      rule,
      freq,
      from,
      first,
      last,
      ...(frequency === undefined
        ? {}
        : {
            choice: {
              sources: () => selectSources(this.#templates, dataset, frequency, divisorsOf(length), bounds),
              moments: (lengths, symbols = bounds.symbols) =>
                selectMoments(this.#templates, dataset, frequency, lengths, { ...bounds, symbols }),
            },
          }),
      read: (length) =>
        selectRange(this.#templates, { dataset, fields: plan.read }, { ...bounds, equal: lengthOf(dataset, length) }),
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

  #adjustment(dataset: Dataset, plan: AdjustmentPlan, { symbols, anchor }: Input, bounds: RangeBounds): Adjustment {
    const factors = this.#factors(plan)
    return {
      plan,
      factors,
      anchor: anchor ?? bounds.end,
      lastDate: () => selectLastDate(this.#templates, dataset, { ...bounds, symbols }),
      anchorFactors: (date) => selectFactors(this.#templates, factors, plan.rule, { symbols, date }),
    }
  }

  #factors({ rule }: AdjustmentPlan): Dataset {
    const factors = this.#catalogue[rule.dataset]
    if (!factors) throw new TypeError(`the catalogue has no dataset ${rule.dataset}`)
    return factors
  }
}

/** Filters as they are echoed: JSON knows no bigint. */
function shownFilters(where: Filters | undefined): { readonly where?: unknown } {
  if (where === undefined) return {}
  const shown = (value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)
  const entries = Object.entries(where).map(([field, value]) => [
    field,
    Array.isArray(value) ? value.map(shown) : shown(value),
  ])
  return { where: Object.fromEntries(entries) }
}

/** Only the stored bars of a length, where a dataset has several. */
function lengthOf({ bars }: Dataset, freq: string | undefined): Equal | undefined {
  const frequency = bars?.minutes?.frequency
  return frequency !== undefined && freq !== undefined ? { [frequency]: freq } : undefined
}
