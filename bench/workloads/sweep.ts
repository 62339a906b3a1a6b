import { DAYS, dateAt, SYMBOLS, symbolAt } from '../database.ts'
import { seeded } from '../statistics.ts'
import type { Call } from './call.ts'
import {
  BULK_SYMBOLS,
  bulk,
  type Described,
  HOT_QUESTIONS,
  hotQuestions,
  PANEL_SYMBOLS,
  POINT_DAYS,
  panel,
} from './workloads.ts'

/** A call, and the rows or cells that it must answer. */
export interface ListedCall {
  readonly call: Call
  readonly rows: number
}

/** One of the workloads that a sweep mixes. */
interface Part {
  /** The workload whose calls are new, and the one that repeats them. */
  readonly cold: string
  readonly hot: string
  /** How many of its calls a sweep makes in all rounds. */
  readonly calls: number
}

/** A fixed list of calls, which each side makes to its end. */
export interface Sweep extends Described {
  readonly parts: readonly Part[]
  /** Made before time counts: each call that is repeated later, and enough others for V8 to compile what they run. */
  readonly warmUp: readonly ListedCall[]
  readonly rounds: readonly (readonly ListedCall[])[]
}

/** Of ten calls of each part, nine were made before. */
export const REPEATED = 0.9
const TEN = 10
/** Which of ten calls is new. */
const NEW = 5
const WARM_UP_POINTS = 12_000
/** Symbols from here on are in no repeated call for some symbols. */
const FIRST_NEW = PANEL_SYMBOLS

/** What the calls of one part are: those that are repeated, in turn, and the new one number `count`, which no other call is. */
interface Kind {
  readonly cold: string
  readonly hot: string
  readonly rows: number
  readonly repeated: readonly Call[]
  /** How many new ones there are. */
  readonly most: number
  made(count: number): Call
}

const dates = shuffled(DAYS)
const points = shuffled((SYMBOLS - FIRST_NEW) * Math.floor(DAYS / POINT_DAYS))

const KINDS: readonly Kind[] = [
  {
    ...{ cold: 'W1', hot: 'W1-hot', rows: POINT_DAYS, repeated: hotQuestions, most: points.length },
    // No two of them have a row in common.
    made: (count) => {
      const place = points[count] as number
      const [symbol, window] = [place % (SYMBOLS - FIRST_NEW), Math.floor(place / (SYMBOLS - FIRST_NEW))]
      const day = window * POINT_DAYS
      return {
        kind: 'point',
        symbol: symbolAt(FIRST_NEW + symbol),
        start: dateAt(day),
        end: dateAt(day + POINT_DAYS - 1),
      }
    },
  },
  {
    ...{ cold: 'W2', hot: 'W2-hot', rows: BULK_SYMBOLS * DAYS, repeated: [bulk] },
    most: SYMBOLS / BULK_SYMBOLS - 1,
    made: (count) => ({ kind: 'bulk', ...symbolsFrom((count + 1) * BULK_SYMBOLS, BULK_SYMBOLS) }),
  },
  {
    ...{ cold: 'W3', hot: 'W3-hot', rows: SYMBOLS, repeated: dates.slice(0, HOT_QUESTIONS).map(crossSection) },
    most: DAYS - HOT_QUESTIONS,
    made: (count) => crossSection(dates[HOT_QUESTIONS + count] as number),
  },
  {
    ...{ cold: 'W4', hot: 'W5', rows: PANEL_SYMBOLS * DAYS, repeated: [panel] },
    most: Math.floor((SYMBOLS - FIRST_NEW) / PANEL_SYMBOLS),
    made: (count) => ({ ...panel, ...symbolsFrom(FIRST_NEW + count * PANEL_SYMBOLS, PANEL_SYMBOLS) }),
  },
]

/** The workloads that W6 mixes. */
export const SWEPT: readonly string[] = KINDS.map(({ cold }) => cold)

/**
 * W6, from the calls a second that mysql2 made of each workload that it mixes: ten calls of the slowest, and of each other one as many
 * tens as take mysql2 about as long.
 */
export function parameterSweep(mysql2Rates: ReadonlyMap<string, number>, rounds: number): Sweep {
  const rateOf = (kind: Kind): number => mysql2Rates.get(kind.cold) ?? Number.NaN
  const slowest = Math.min(...KINDS.map(rateOf))
  const parts = KINDS.map((kind) => ({
    kind,
    tens: Math.min(Math.round(rateOf(kind) / slowest), kind.most),
  }))
  const listed = parts.flatMap(({ kind, tens }) =>
    Array.from({ length: tens * TEN }, (_, index) => ({
      at: (index + 0.5) / (tens * TEN),
      ...(index % TEN === NEW ? listedNew(kind, Math.floor(index / TEN)) : repeated(kind, index)),
    })),
  )
  // The calls of a part are equally far from each other.
  listed.sort((one, other) => one.at - other.at)
  return {
    id: 'W6',
    what: 'parameter sweep: W1 to W4 in equal shares of mysql2’s time, 90 % of the calls repeated, 4 callers',
    callers: 4,
    sides: ['stockdb', 'serverCache', 'clientCache', 'mysql2'],
    targets: [
      { of: 'serverCache', against: 'mysql2', atLeast: 2 },
      { of: 'clientCache', against: 'mysql2', atLeast: 6 },
    ],
    parts: parts.map(({ kind: { cold, hot }, tens }) => ({ cold, hot, calls: tens * TEN })),
    warmUp: warmUpCalls(),
    rounds: Array.from({ length: rounds }, (_, round) =>
      listed.filter(({ at }) => Math.floor(at * rounds) === round).map(({ call, rows }) => ({ call, rows })),
    ),
  }
}

/** New points of the warm-up are counted from the end. */
function warmUpCalls(): ListedCall[] {
  const [point] = KINDS as readonly [Kind]
  return [
    ...KINDS.flatMap((kind) => kind.repeated.map((_, index) => repeated(kind, index))),
    ...Array.from({ length: WARM_UP_POINTS }, (_, index) =>
      index % TEN === NEW ? listedNew(point, point.most - 1 - Math.floor(index / TEN)) : repeated(point, index),
    ),
  ]
}

const repeated = ({ rows, repeated: calls }: Kind, count: number): ListedCall => ({
  call: calls[count % calls.length] as Call,
  rows,
})

const listedNew = ({ rows, made }: Kind, count: number): ListedCall => ({ call: made(count), rows })

function crossSection(day: number): Call {
  return { kind: 'cross-section', date: dateAt(day) }
}

function symbolsFrom(first: number, count: number) {
  return { firstSymbol: symbolAt(first), lastSymbol: symbolAt(first + count - 1) }
}

/** The numbers below `count` in an order that is the same in each run. */
function shuffled(count: number): number[] {
  const random = seeded(1)
  const numbers = Array.from({ length: count }, (_, index) => index)
  for (let at = count - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const taken = numbers[at] as number
    numbers[at] = numbers[other] as number
    numbers[other] = taken
  }
  return numbers
}
