import type { Catalogue, Dataset, MinuteRule } from '@stockdb/contract'
import type { CheckedAsOf } from '@stockdb/contract/internal'
import {
  answerFields,
  asOfFields,
  dateOf,
  daysOf,
  fieldsUnknownAsOf,
  millisecondsOf,
  minutesOf,
} from '@stockdb/contract/internal'
import type { Adjust, FrameField, Frequency, MinuteFrequency, MissingFactor } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import { SizedCache } from '../bounds/sized-cache.ts'
import type { ReadQuery } from '../engine/engine.ts'
import { type Merged, repeatFields, repeatPlan } from '../engine/repeat-plan.ts'
import { type AdjustmentPlan, planAdjustment } from './adjust/adjustment.ts'
import { isJoinable, selectFactorRows, selectFactorsAt, type WantedFactors } from './adjust/select-factors.ts'
import { ruleFields } from './as-of/rules.ts'
import { ruleOfAnswer, selectAsOf, withDefaults } from './as-of/select-as-of.ts'
import { type BarPlan, planBars } from './bars/bar-plan.ts'
import { divisorsOf } from './bars/choose-source.ts'
import { aroundBars } from './bars/minute-periods.ts'
import { selectMoments, selectSources } from './bars/select-sources.ts'
import { fieldOf, frameField } from './columns.ts'
import type { Filters } from './filters.ts'
import { selectLastDate, selectLastDates, selectLatest } from './latest/select-latest.ts'
import type { QueryCache } from './prepared-query.ts'
import { type RepeatBounds, selectAmbiguous, selectRepeat } from './repeats/select-repeat.ts'
import type { Columns, Equal } from './rows.ts'
import { selectList } from './select-list.ts'
import { type RangeBounds, selectAt, selectRange } from './select-range.ts'

/** Of the combinations of fields that are kept ready, each with the schema that is written of it. */
const FIELDS_BYTES = 8 * 2 ** 20
/** A field and what its schema takes. */
const FIELD_BYTES = 400

/** A caller's input, checked by the schemas of the contract: dates are `YYYY-MM-DD`, names are known. */
interface Input {
  readonly symbols?: readonly string[] | undefined
  readonly fields?: readonly string[] | undefined
  readonly adjust?: Adjust | undefined
  readonly anchor?: string | undefined
  readonly missingFactor?: MissingFactor | undefined
  readonly limit?: number | undefined
  readonly freq?: string | undefined
  readonly from?: string | undefined
  readonly where?: Filters | undefined
}

/** Looks for repeats among rows of a dataset that are joined, ranked or filtered before they could be seen. */
export interface RepeatCheck {
  readonly dataset: Dataset
  /** Reads one key of which there are several rows. */
  readonly query: ReadQuery
  /** Where the dataset says which row of a key counts: reads one key of which it does not say. */
  readonly ambiguous?: ReadQuery
  /** Whether only rows of the one date are wanted that is bound as `date`. */
  readonly onDate: boolean
}

/** A dataset of which rows are read, and the fields that the answer is made of. */
export interface ReadFields {
  readonly dataset: Dataset
  readonly fields: readonly string[]
}

/** A caller's question to one dataset, worked out: what to read, and how the answer is made of it. */
export interface QueryPlan {
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
  /** What the answer is to be measured by; absent where rows have neither symbol nor date. */
  readonly span?: Span | undefined
  /** What is read before, to see that no key repeats among rows that are joined, ranked or filtered. */
  readonly repeatChecks?: readonly RepeatCheck[] | undefined
  /** The read for where they found keys of several rows, of each of which one counts. */
  readonly mergedQuery?: ((merged: Merged) => ReadQuery) | undefined
  /** Where rows of all members are read, so that those can be counted that are not answered. */
  readonly members?: Members | undefined
}

/** The columns, behind those that are answered, that tell of the members of a screen; each is 1 or 0. */
export interface Members {
  /** Whether the member is answered; those that are come first. */
  readonly taken: string
  /** Whether the member has a row in a dataset. */
  readonly datasets: readonly { readonly dataset: string; readonly column: string }[]
}

type Bars = SessionBars | MinuteBars

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
interface SourceQueries {
  /** Reads which lengths are stored. */
  readonly sources: () => ReadQuery
  /** Reads symbol, length and moment of the bars of some lengths, symbol by symbol; of some symbols where they are given. */
  readonly moments: (lengths: readonly MinuteFrequency[], symbols: readonly string[] | undefined) => ReadQuery
}

/** The symbols and days that were asked for. */
export interface Span {
  /** Whether rows are expected on each of the days, as the last ones before their end, or only of each symbol. */
  readonly of: 'days' | 'last days' | 'symbols'
  readonly symbols?: readonly string[] | undefined
  /** Date or datetime, as they came; open where they did not. */
  readonly start?: string | undefined
  readonly end?: string | undefined
  /** Only rows of these values were asked for. */
  readonly where?: Filters | undefined
}

export interface Adjustment {
  readonly plan: AdjustmentPlan
  /** The dataset of the factors. */
  readonly factors: Dataset
  /** Whether the rows come with their factors; else all factors are read before the rows. */
  readonly joined: boolean
  /** The first and the last day that the answer can have a row of; open without one. */
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly symbols?: readonly string[] | undefined
  /** The anchor, if it is known without asking the database. */
  readonly anchor?: string | undefined
  /** Reads the last date of the answer, which is the anchor then. */
  readonly lastDate: () => ReadQuery
  /** Reads that and the last date of the table by one pass; absent where an index finds both. */
  readonly lastDates?: () => ReadQuery
  /** Whether the answer may have rows of all symbols and dates, so that the two are one. */
  readonly ofAllRows: boolean
  /** Reads each symbol's factor at the anchor; where they are joined. */
  readonly anchorFactors: (anchor: string) => ReadQuery
  /** Reads factors; where they are not joined. */
  readonly factorRows: (wanted: WantedFactors) => ReadQuery
  /** The rows before the first ones of the answer, where a previous close takes their factors. */
  readonly rowsBefore?: RowsBefore | undefined
}

/** Rows of symbol, date and, where it is joined, factor, by symbol and date. */
export interface RowsBefore {
  readonly query: () => ReadQuery
  /** How many dates of each symbol, counted back from its last, are those of the answer itself. */
  readonly skip: number
}

/** The datasets that several statements read for an answer, which must see one state of them; `undefined` where one statement does. */
export function readTogether({
  dataset,
  adjustment,
  bars,
  repeatChecks = [],
}: QueryPlan): readonly Dataset[] | undefined {
  const severalReads =
    (adjustment && (adjustment.plan.adjust === 'qfq' || !adjustment.joined || adjustment.rowsBefore !== undefined)) ||
    bars?.kind === 'sessions' ||
    (bars?.kind === 'minutes' && bars.from === undefined && bars.rule.stored === undefined && bars.choice !== undefined)
  if (!severalReads && repeatChecks.length === 0) return undefined
  const checked = repeatChecks.map((check) => check.dataset)
  const read = checked.length > 0 ? checked : [dataset]
  return adjustment ? [...read, adjustment.factors] : read
}

/** Works out questions to the datasets of one catalogue. Pure: it reads nothing. */
export class Planner {
  readonly #catalogue: Catalogue
  readonly #cache: QueryCache
  readonly #enforcesKey: (dataset: Dataset) => boolean
  readonly #fields = new SizedCache<readonly FrameField[]>(FIELDS_BYTES, ({ length }) => length * FIELD_BYTES)

  /** `enforcesKey` tells whether the database keeps rows of a dataset from repeating a key. */
  constructor(catalogue: Catalogue, cache: QueryCache, enforcesKey: (dataset: Dataset) => boolean) {
    this.#catalogue = catalogue
    this.#cache = cache
    this.#enforcesKey = enforcesKey
  }

  range(dataset: Dataset, input: Input & { start?: string | undefined; end?: string | undefined }): QueryPlan {
    const { limit, symbols, start, end, where } = input
    const freq = input.freq ?? dataset.bars?.minutes?.stored
    const bounds = { symbols, start, end, where }
    const whole = (what: Columns): ReadQuery => selectRange(this.#cache, what, bounds)
    if (dataset.bars && freq !== undefined && freq !== 'day' && !dataset.bars.minutes)
      return this.#question(dataset, input, whole, bounds, {
        rowsBefore: () => ({ end: dayBefore(start), n: 1, skip: 0, where }),
        barsOf: (asked) => this.#sessionBars(dataset, { ...input, freq }, asked),
      })
    const equal = lengthOf(dataset, freq)
    const select = (what: Columns): ReadQuery =>
      selectRange(this.#cache, what, { ...bounds, equal, limit: oneMore(limit, what) })
    const rowsBefore = () => ({ end: dayBefore(start), n: 1, skip: 0, equal, where })
    if (!dataset.bars?.minutes) return this.#question(dataset, input, select, bounds, { rowsBefore })
    return this.#question(dataset, { ...input, freq }, select, bounds, {
      barsOf: () => this.#minuteBars(dataset, { ...input, freq }),
    })
  }

  at(dataset: Dataset, input: Input & { date: string; lookback?: boolean | undefined }): QueryPlan {
    const { date, lookback, symbols, where } = input
    const equal = lengthOf(dataset, input.freq)
    const select = (what: Columns): ReadQuery =>
      lookback
        ? selectLatest(this.#cache, what, { symbols, end: date, n: 1, equal, where })
        : selectAt(this.#cache, what, { symbols, date, equal, where })
    const rowsBefore = () =>
      lookback ? { end: date, n: 2, skip: 1, equal, where } : { end: dayBefore(date), n: 1, skip: 0, equal, where }
    const bounds = lookback ? { end: date, where } : { start: date, end: date, where }
    const question = this.#question(dataset, input, select, bounds, { rowsBefore })
    const span: Span = lookback
      ? { of: 'last days', symbols, end: date, where }
      : { of: 'days', symbols, start: date, end: date, where }
    return { ...question, span }
  }

  latest(dataset: Dataset, input: Input & { n?: number | undefined; end?: string | undefined }): QueryPlan {
    const { n = 1, end, symbols, where } = input
    const equal = lengthOf(dataset, input.freq)
    const select = (what: Columns): ReadQuery => selectLatest(this.#cache, what, { symbols, end, n, equal, where })
    const rowsBefore = () => ({ end, n: n + 1, skip: n, equal, where })
    const question = this.#question(dataset, { ...input, n } as Input, select, { end, where }, { rowsBefore })
    return { ...question, span: { of: 'last days', symbols, end, where } }
  }

  list(dataset: Dataset, input: Input): QueryPlan {
    const { limit, symbols, where = {} } = input
    const select = (what: Columns): ReadQuery =>
      selectList(this.#cache, what, { symbols, where, limit: oneMore(limit, what) })
    const span: Span | undefined = dataset.symbol === undefined ? undefined : { of: 'symbols', symbols, where }
    return { ...this.#question(dataset, input, select, {}), span }
  }

  asOf(dataset: Dataset, given: CheckedAsOf): QueryPlan {
    const input = withDefaults(dataset, given)
    const fields = asOfFields(dataset, input.fields)
    const { pointInTime } = dataset
    // Of versions the last one is taken, so that repeats among them would not be seen.
    const ranked = pointInTime?.kind === 'announced'
    const withheld =
      pointInTime?.kind === 'interval' && fieldsUnknownAsOf(pointInTime).some((field) => dataset.key.includes(field))
    const checked = ranked || withheld
    const what = checked ? { dataset, fields } : this.#columns({ dataset, fields })
    const compared = [...fields, ...ruleFields(dataset)]
    return {
      dataset,
      query: selectAsOf(this.#cache, what, input),
      repeatChecks: checked ? this.repeatChecks([{ dataset, fields: compared }], { symbols: input.symbols }) : [],
      mergedQuery: (merged) => selectAsOf(this.#cache.merging(merged), what, input),
      fields: this.#frameFields(dataset, fields),
      arguments: { ...input },
      asOf: { date: input.date, rule: ruleOfAnswer(dataset, input) },
      span:
        dataset.symbol === undefined
          ? undefined
          : { of: 'symbols', symbols: input.symbols, start: input.date, end: input.date },
    }
  }

  #question(
    dataset: Dataset,
    input: Input,
    select: (what: Columns) => ReadQuery,
    bounds: RangeBounds,
    { barsOf, rowsBefore }: QuestionParts = {},
  ): QueryPlan {
    if (!this.#enforcesKey(dataset)) refuseSuperseded(dataset, input.where)
    const asked = answerFields(dataset, input.fields)
    const bars = barsOf?.(asked)
    const needed = bars?.plan.read ?? asked
    const adjust = input.adjust ?? 'none'
    const plan =
      dataset.adjustment && adjust !== 'none'
        ? planAdjustment(dataset.adjustment, { adjust, missingFactor: input.missingFactor }, needed)
        : undefined
    const adjustment = plan && this.#adjustment(dataset, plan, { ...input, rowsBefore: rowsBefore?.() }, bounds)
    return {
      dataset,
      query: select(
        this.#columns({ dataset, fields: plan?.read ?? needed, factor: adjustment && joinedFactors(adjustment) }),
      ),
      fields: this.#frameFields(dataset, asked),
      arguments: { ...input, ...shownFilters(input.where), ...(dataset.adjustment ? { adjust } : {}) },
      limit: input.limit,
      adjustment,
      bars,
      span: { of: 'days', symbols: input.symbols, start: bounds.start, end: bounds.end, where: input.where },
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
      lastDate: () => selectLastDate(this.#cache, dataset, { where }),
    }
  }

  #minuteBars(dataset: Dataset, input: Input & { start?: string | undefined; end?: string | undefined }): MinuteBars {
    const rule = dataset.bars?.minutes
    if (!rule) throw new TypeError(`dataset ${dataset.name} has no bars of minutes`)
    const { frequency } = rule
    const plan = planBars(dataset, answerFields(dataset, input.fields))
    const { adjust = 'none' } = input
    // Rows with a time are never joined to their factors.
    const fields =
      dataset.adjustment && adjust !== 'none'
        ? planAdjustment(dataset.adjustment, { adjust }, plan.read).read
        : plan.read
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
              sources: () => selectSources(this.#cache, dataset, frequency, divisorsOf(length), bounds),
              moments: (lengths, symbols = bounds.symbols) =>
                selectMoments(this.#cache, dataset, frequency, lengths, { ...bounds, symbols }),
            },
          }),
      read: (length) =>
        selectRange(this.#cache, this.#columns({ dataset, fields }), {
          ...bounds,
          equal: lengthOf(dataset, length),
        }),
    }
  }

  /** Checks for repeats of the key, of those datasets in whose tables the database lets them in. */
  repeatChecks(reads: readonly ReadFields[], bounds: RepeatBounds): RepeatCheck[] {
    const cache = this.#cache
    return reads
      .filter(({ dataset }) => !this.#enforcesKey(dataset))
      .map(({ dataset, fields }) => ({
        dataset,
        query: selectRepeat(cache, dataset, bounds),
        ...(dataset.onDuplicate === undefined ? {} : { ambiguous: selectAmbiguous(cache, dataset, bounds, fields) }),
        onDate: bounds.date !== undefined,
      }))
  }

  /** The columns to read; where the database lets repeats of the key in, with what tells them. */
  #columns(what: Columns): Columns {
    const { dataset, fields } = what
    if (this.#enforcesKey(dataset)) return what
    const repeats = repeatPlan(dataset)
    return { ...what, fields: [...new Set([...fields, ...repeatFields(repeats)])], repeats }
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

  #adjustment(
    dataset: Dataset,
    plan: AdjustmentPlan,
    { symbols, anchor, rowsBefore }: Input & { rowsBefore?: WantedBefore | undefined },
    bounds: RangeBounds,
  ): Adjustment {
    const { rule } = plan
    const factors = this.#catalogue[rule.dataset]
    if (!factors) throw new TypeError(`the catalogue has no dataset ${rule.dataset}`)
    refuseFiltered(dataset, plan, bounds.where)
    const joined = isJoinable(dataset, factors, this.#enforcesKey(factors))
    const what = {
      dataset,
      fields: [fieldOf(dataset, 'symbol'), fieldOf(dataset, 'date')],
      factor: joined ? { rule, dataset: factors } : undefined,
    }
    return {
      plan,
      factors,
      joined,
      start: bounds.start?.slice(0, 10),
      end: bounds.end?.slice(0, 10),
      symbols,
      anchor: anchor ?? bounds.end?.slice(0, 10),
      lastDate: () => selectLastDate(this.#cache, dataset, { ...bounds, symbols }),
      ...(dataset.latest === 'scan'
        ? { lastDates: () => selectLastDates(this.#cache, dataset, { ...bounds, symbols }) }
        : {}),
      ofAllRows: symbols === undefined && bounds.start === undefined && bounds.end === undefined,
      anchorFactors: (date) => selectFactorsAt(this.#cache, factors, rule, { symbols, date }),
      factorRows: (wanted) =>
        selectFactorRows(this.#cache, this.#columns({ dataset: factors, fields: [] }), rule, wanted),
      // Without a start there is no row before.
      ...(plan.ofRowBefore && rowsBefore && (rowsBefore.end !== undefined || rowsBefore.skip > 0)
        ? {
            rowsBefore: {
              query: () => selectLatest(this.#cache, what, { symbols, ...rowsBefore }),
              skip: rowsBefore.skip,
            },
          }
        : {}),
    }
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

/** What a question is made of besides its rows. */
interface QuestionParts {
  readonly barsOf?: (asked: readonly string[]) => Bars
  readonly rowsBefore?: () => WantedBefore
}

/** Each symbol's last `n` dates on or before `end`, the last `skip` of which are the answer's own. */
interface WantedBefore {
  readonly end: string | undefined
  readonly n: number
  readonly skip: number
  readonly equal?: Equal | undefined
  readonly where?: Filters | undefined
}

/** One row more than the limit tells whether there are more; where repeats are left out it may be any. */
const oneMore = (limit: number | undefined, { repeats }: Columns): number | undefined =>
  limit === undefined || repeats?.onDuplicate ? undefined : limit + 1

const joinedFactors = ({ joined, plan, factors }: Adjustment): Columns['factor'] =>
  joined ? { rule: plan.rule, dataset: factors } : undefined

const dayBefore = (day: string | undefined): string | undefined =>
  day === undefined ? undefined : dateOf(daysOf(day.slice(0, 10)) - 1)

/** Rows that are left out may be those before the others: of a filter by key fields, which name another series, they are not. */
function refuseFiltered({ key }: Dataset, { rule, ofRowBefore }: AdjustmentPlan, where: Filters = {}): void {
  const other = Object.keys(where).find((field) => !key.includes(field))
  if (!ofRowBefore || other === undefined) return
  throw new StockdbError(
    'INVALID_INPUT',
    `where: got ${other}; expected fields of the key only, because ${rule.previousClose} is adjusted by the factor of the row before, which ${other} may leave out; or leave out ${rule.previousClose} and what is computed of it`,
  )
}

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

/** Only the stored bars of a length, where a dataset has several. */
function lengthOf({ bars }: Dataset, freq: string | undefined): Equal | undefined {
  const frequency = bars?.minutes?.frequency
  return frequency !== undefined && freq !== undefined ? { [frequency]: freq } : undefined
}
