import type { Dataset, MinuteRule } from '@stockdb/contract'
import { answerFields, millisecondsOf, minutesOf } from '@stockdb/contract/internal'
import type { MinuteFrequency } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import { DEFAULT_EXCHANGE } from '../calendar.ts'
import type { Filters } from '../filters.ts'
import type { BarChoice, Lookup } from '../query-plan.ts'
import type { Equal, Symbols } from '../rows.ts'
import type { BarsStep } from '../step.ts'
import { aroundBars } from './around-bars.ts'
import { planBars } from './bar-plan.ts'

/** The name of the lookup of a table's last date, of any symbol. */
const LAST_DATE = 'last date'

/** The arguments that concern bars. */
export interface BarsInput {
  readonly symbols?: Symbols
  readonly fields?: readonly string[] | undefined
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly freq?: string | undefined
  readonly from?: string | undefined
  readonly limit?: number | undefined
  readonly where?: Filters | undefined
}

/** Plans bars of a week or longer, and the lookup of the last date of the table, which may date the last bar. */
export function planSessionBars(
  dataset: Dataset,
  { fields, freq, end, where, limit }: BarsInput,
): { readonly step: BarsStep; readonly lookups: readonly Lookup[] } {
  return {
    step: {
      step: 'bars',
      plan: planBars(dataset, answerFields(dataset, fields)),
      periods: {
        of: 'sessions',
        // Checked by the schema.
        period: freq as 'week' | 'month' | 'quarter' | 'year',
        exchange: dataset.calendar ?? DEFAULT_EXCHANGE,
        end,
        lastDate: { lookup: LAST_DATE },
      },
      constants: {},
      limit,
    },
    lookups: [{ names: [LAST_DATE], read: { read: 'lastDate', dataset: dataset.name, where } }],
  }
}

/** Bars of some minutes. */
export interface PlannedMinutes {
  readonly step: BarsStep
  /** The length of the stored bars that they are made of, if known; equal to `freq` if the bars themselves are stored. */
  readonly source: MinuteFrequency | undefined
  readonly freq: MinuteFrequency
  /** The range to read so that the first and the last bar are whole. */
  readonly around: { readonly start: string | undefined; readonly end: string | undefined }
}

/** Plans minute bars. Throws `INVALID_INPUT` if they cannot be made of the length named. */
export function planMinuteBars(dataset: Dataset, input: BarsInput): PlannedMinutes {
  const rule = dataset.bars?.minutes
  if (!rule) throw new TypeError(`dataset ${dataset.name} has no bars of minutes`)
  // Checked by the schema.
  const [freq, from] = [input.freq as MinuteFrequency, input.from as MinuteFrequency | undefined]
  const length = minutesOf(freq) ?? 1
  if (from !== undefined && length % (minutesOf(from) ?? 1) !== 0)
    throw new StockdbError('INVALID_INPUT', `from: got "${from}"; expected a length that divides ${freq}`)
  return {
    source: from ?? (rule.stored as MinuteFrequency | undefined),
    freq,
    around: aroundBars(rule, length, input),
    step: {
      step: 'bars',
      plan: planBars(dataset, answerFields(dataset, input.fields)),
      periods: { of: 'minutes', minutes: length, rule },
      constants: rule.frequency === undefined ? {} : { [rule.frequency]: freq },
      ...labelsOf(input),
      limit: input.limit,
    },
  }
}

/** Plans the reads that choose among stored lengths, and the bars made of the chosen one. */
export function planChoice(
  dataset: Dataset,
  { symbols, where, limit, ...input }: BarsInput,
  { freq, around }: PlannedMinutes,
  built: BarChoice['built'],
): BarChoice {
  const rule = dataset.bars?.minutes as MinuteRule
  const { frequency } = rule
  if (frequency === undefined) throw new TypeError(`dataset ${dataset.name} has bars of one length`)
  const lengths = {
    ...{ dataset: dataset.name, frequency, symbols, where, ...around },
    lengths: divisorsOf(minutesOf(freq) ?? 1),
  }
  return {
    ...{ freq, rule, frequency, built },
    lengths: { read: 'barLengths', ...lengths },
    moments: { read: 'barMoments', ...lengths },
    ...labelsOf(input),
    // Codes of tables that stockdb does not manage may come mixed, so all bars are compared.
    ...(limit === undefined || dataset.managed === false ? {} : { limit }),
  }
}

const labelsOf = ({ start, end }: Pick<BarsInput, 'start' | 'end'>) => ({
  first: start === undefined ? undefined : millisecondsOf(start),
  last: end === undefined ? undefined : millisecondsOf(end),
})

/** The lengths that bars of some minutes can be made of, the longest first, which is their own. */
function divisorsOf(minutes: number): MinuteFrequency[] {
  const divisors = Array.from({ length: minutes }, (_, less) => minutes - less).filter((one) => minutes % one === 0)
  return divisors.map((one): MinuteFrequency => `${one}min`)
}

/** A filter for the stored bars of one length, if a dataset has several. */
export function lengthOf({ bars }: Dataset, freq: string | undefined): Equal | undefined {
  const frequency = bars?.minutes?.frequency
  return frequency !== undefined && freq !== undefined ? { [frequency]: freq } : undefined
}
