import type { Catalogue, Dataset } from '@stockdb/contract'
import type { ReadQuery } from '../engine/engine.ts'
import { repeatPlan } from '../engine/repeat-plan.ts'
import { selectFactorRows } from './adjust/select-factors.ts'
import { selectAsOf } from './as-of/select-as-of.ts'
import { selectMoments, selectSources } from './bars/select-sources.ts'
import { selectInstruments } from './instruments/select-instruments.ts'
import { selectSearch } from './instruments/select-search.ts'
import { selectLastDate, selectLastDates, selectLatest } from './latest/select-latest.ts'
import { datasetOf } from './plan-context.ts'
import type { QueryCache } from './prepared-query.ts'
import type {
  AsOfRead,
  AtRead,
  BarLengthsRead,
  BarMomentsRead,
  FactorsRead,
  InstrumentSearchRead,
  InstrumentsRead,
  LastDateRead,
  LastDatesRead,
  LatestRead,
  ListRead,
  LookedUpValues,
  RangeRead,
  RepeatRead,
  ScreenRead,
  Within,
} from './read-types.ts'
import { selectAmbiguous, selectRepeat } from './repeats/select-repeat.ts'
import type { Columns } from './rows.ts'
import { selectScreen } from './screen/select-screen.ts'
import { withinScreen } from './screen/within-screen.ts'
import { selectList } from './select-list.ts'
import { selectAt, selectRange } from './select-range.ts'

/** Reads that an answer is made of. */
export type RowsRead =
  | RangeRead
  | AtRead
  | LatestRead
  | ListRead
  | AsOfRead
  | InstrumentsRead
  | InstrumentSearchRead
  | ScreenRead

/** Everything that a plan reads, as plain data; {@link readKinds} says what there is to know of each kind. */
export type Read = RowsRead | LastDateRead | LastDatesRead | FactorsRead | BarLengthsRead | BarMomentsRead | RepeatRead

/** What there is to know of a kind of read. */
interface ReadKind<R> {
  /** Makes its statement: compiled once per shape, then bound to values. Pure. */
  compile(cache: QueryCache, read: R, lookedUp: LookedUpValues): ReadQuery
  /** The datasets that it reads. */
  datasets(read: R): readonly string[]
  /** Which rows it needs of one of them; `undefined` if it may need all. */
  within(read: R, lookedUp: LookedUpValues, dataset: Dataset, catalogue: Catalogue): Within | undefined
  /** Describes it to people, with its within in brackets. */
  words(read: R, within: string): string
  /** It steps from code to code in an index, which may treat some codes as equal. */
  readonly stepsThroughCodes?: true
}

type OfKind<R, Kind> = R extends { readonly read: infer Kinds } ? (Kind extends Kinds ? R : never) : never

interface RowsOf {
  readonly read: string
  readonly dataset: string
  readonly fields: readonly string[]
  readonly repeats?: true
  readonly factor?: string
  readonly apart?: true
}

function columnsOf(cache: QueryCache, { dataset: name, fields, repeats, factor }: RowsOf): Columns {
  const dataset = datasetOf(cache, name)
  const rule = dataset.adjustment
  return {
    dataset,
    fields,
    factor: factor === undefined || !rule ? undefined : { rule, dataset: datasetOf(cache, factor) },
    repeats: repeats && repeatPlan(dataset),
  }
}

function rowsWords({ read, dataset, fields, factor, apart, repeats }: RowsOf, within: string): string {
  const joined = factor === undefined ? '' : `, joined to ${factor}${apart ? ', which is read before' : ''}`
  const looking = repeats ? ', looking for repeats of the key' : ''
  return `read ${read} of ${dataset}${within}: ${fields.join(', ')}${joined}${looking}`
}

const one = ({ dataset }: { readonly dataset: string }): readonly string[] => [dataset]
const withFactor = ({ dataset, factor }: Pick<RowsOf, 'dataset' | 'factor'>): readonly string[] =>
  factor === undefined ? [dataset] : [dataset, factor]
const stocksOf = ({ stocks, names }: Pick<InstrumentsRead, 'stocks' | 'names'>): readonly string[] =>
  names === undefined ? [stocks] : [stocks, names]

const between = ({ symbols, start, end }: Within): Within => ({ symbols, start, end })
const ofSymbols = ({ symbols }: Within): Within => ({ symbols })
const onDate = ({ symbols, date }: Pick<RepeatRead, 'symbols' | 'date'>): Within => ({
  ...{ symbols, start: date, end: date },
})
const anywhere = (): undefined => undefined

const stockWords = (read: InstrumentsRead | InstrumentSearchRead, within: string): string =>
  `read ${read.read}${within} from ${stocksOf(read).join(', ')}`
const barWords = ({ read, dataset }: { readonly read: string; readonly dataset: string }, within: string): string =>
  `read ${read} of ${dataset}${within}`
const repeatWords = ({ dataset }: RepeatRead, within: string): string =>
  `fail if a key repeats in ${dataset}${within}, unless it says which row counts`

/** The kinds of reads. A new one is an entry here, and its data a member of the union above. */
const readKinds: { readonly [Kind in Read['read']]: ReadKind<OfKind<Read, Kind>> } = {
  range: {
    compile: (cache, read) => selectRange(cache, columnsOf(cache, read), read),
    ...{ datasets: withFactor, within: between, words: rowsWords },
  },
  at: {
    compile: (cache, read) => selectAt(cache, columnsOf(cache, read), read),
    ...{ datasets: withFactor, within: onDate, words: rowsWords },
  },
  latest: {
    compile: (cache, read, lookedUp) =>
      selectLatest(cache, columnsOf(cache, read), { ...read, end: endOf(read, lookedUp) }),
    datasets: withFactor,
    within: (read, lookedUp) => ({ symbols: read.symbols, end: endOf(read, lookedUp) }),
    words: rowsWords,
    stepsThroughCodes: true,
  },
  list: {
    compile: (cache, read) => selectList(cache, columnsOf(cache, read), read),
    ...{ datasets: one, within: ofSymbols, words: rowsWords },
  },
  asOf: {
    compile: (cache, read) => selectAsOf(cache, columnsOf(cache, read), read),
    datasets: one,
    // Statements may be announced before their period ends.
    within: ({ symbols, date }, _, { pointInTime }) => ({
      ...{ symbols, ...(pointInTime?.kind === 'published' ? { end: date } : {}) },
    }),
    words: rowsWords,
  },
  lastDate: {
    compile: (cache, read) => selectLastDate(cache, datasetOf(cache, read.dataset), read),
    ...{ datasets: one, within: between },
    words: ({ dataset }, within) => `read the last date of ${dataset}${within}`,
  },
  lastDates: {
    compile: (cache, read) => selectLastDates(cache, datasetOf(cache, read.dataset), read),
    ...{ datasets: one, within: anywhere },
    words: ({ dataset }, within) => `read the last date of ${dataset}${within}, and that of all its rows`,
  },
  factors: {
    compile: (cache, read) => {
      const dataset = datasetOf(cache, read.dataset)
      return selectFactorRows(cache, { dataset, repeats: read.repeats && repeatPlan(dataset) }, read)
    },
    datasets: one,
    within: ({ symbols, since, until }) => ({ symbols, start: since, end: until }),
    words: ({ dataset, factor }, within) => `read ${factor} of ${dataset}${within}`,
  },
  barLengths: {
    compile: (cache, read) => selectSources(cache, datasetOf(cache, read.dataset), read.frequency, read.lengths, read),
    ...{ datasets: one, within: between, words: barWords },
  },
  barMoments: {
    compile: (cache, read) => selectMoments(cache, datasetOf(cache, read.dataset), read.frequency, read.lengths, read),
    ...{ datasets: one, within: between, words: barWords },
  },
  repeat: {
    compile: (cache, read) => selectRepeat(cache, datasetOf(cache, read.dataset), read),
    ...{ datasets: one, within: onDate, words: repeatWords },
  },
  ambiguous: {
    compile: (cache, read) => selectAmbiguous(cache, datasetOf(cache, read.dataset), read, read.fields),
    ...{ datasets: one, within: onDate, words: repeatWords },
  },
  instruments: {
    compile: selectInstruments,
    ...{ datasets: stocksOf, within: anywhere, words: stockWords },
  },
  instrumentSearch: {
    compile: selectSearch,
    ...{ datasets: stocksOf, within: anywhere, words: stockWords },
  },
  screen: {
    compile: (cache, read, lookedUp) => selectScreen(cache, read, (name) => lookedUp.get(name)),
    datasets: ({ datasets }) => datasets,
    within: withinScreen,
    words: ({ datasets, where }, within) => {
      const conditions = where.map(
        ({ key, conditions }) => `${key} ${conditions.map(({ operator }) => operator).join(' and ')}`,
      )
      return `read screen${within} from ${datasets.join(', ')}: ${conditions.join(', ') || 'no conditions'}`
    },
    stepsThroughCodes: true,
  },
}

const endOf = ({ end }: LatestRead, lookedUp: LookedUpValues): string | undefined =>
  typeof end === 'object' ? lookedUp.get(end.lookup) : end

/** What there is to know of a read. TypeScript does not see that the entry of its kind takes it. */
export const kindOf = (read: Read): ReadKind<Read> => readKinds[read.read] as ReadKind<Read>

/** The datasets that a read reads. */
export const datasetsOf = (read: Read): readonly string[] => kindOf(read).datasets(read)
