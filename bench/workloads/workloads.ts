import { DAYS, dateAt, INDUSTRIES, SYMBOLS, symbolAt } from '../database.ts'
import type { SideName } from '../sides/sides.ts'
import { seeded } from '../statistics.ts'
import type { Call } from './call.ts'

/** How much the throughput of a side, stockdb's without a cache by default, is to be, as a multiple of another side's. */
interface Target {
  readonly of?: SideName
  readonly against: SideName
  readonly atLeast: number
}

/** What a report says of a workload. */
export interface Described {
  readonly id: string
  readonly what: string
  readonly callers: number
  readonly sides: readonly SideName[]
  readonly targets: readonly Target[]
}

/** Calls that are made for a while. */
export interface Workload extends Described {
  /** The call number `count`; `random` gives a number from 0 to 1. */
  call(count: number, random: () => number): Call
  /** Rows, or cells, that each call must answer; NaN where that depends on the call. */
  readonly rows: number
}

export const POINT_DAYS = 64
export const HOT_QUESTIONS = 50
export const BULK_SYMBOLS = 200
export const PANEL_SYMBOLS = 300
const MAX_FIRST_DAY = 20
const AS_OF_SYMBOLS = 500
const JOIN_DAYS = 250

const pick = (random: () => number, below: number): number => Math.floor(random() * below)

function point(random: () => number): Call {
  const day = pick(random, DAYS - POINT_DAYS)
  return {
    kind: 'point',
    symbol: symbolAt(pick(random, SYMBOLS)),
    start: dateAt(day),
    end: dateAt(day + POINT_DAYS - 1),
  }
}

export const hotQuestions = Array.from({ length: HOT_QUESTIONS }, (_, index) => point(seeded(index + 1)))
export const panel = {
  kind: 'panel',
  firstSymbol: symbolAt(0),
  lastSymbol: symbolAt(PANEL_SYMBOLS - 1),
  start: dateAt(0),
  end: dateAt(DAYS - 1),
} as const
export const bulk = { kind: 'bulk', firstSymbol: symbolAt(0), lastSymbol: symbolAt(BULK_SYMBOLS - 1) } as const

export const workloads: readonly Workload[] = [
  {
    id: 'W1',
    what: 'point: 64 days × 6 columns of a random symbol, 8 callers',
    callers: 8,
    sides: ['stockdb', 'mysql2', 'kysely', 'replaced'],
    targets: [
      { against: 'mysql2', atLeast: 0.5 },
      { against: 'replaced', atLeast: 4 },
    ],
    call: (_count, random) => point(random),
    rows: POINT_DAYS,
  },
  {
    id: 'W1-hot',
    what: 'the same, from 50 repeated questions',
    callers: 8,
    sides: ['stockdb', 'serverCache', 'twoWorkers', 'clientCache', 'mysql2'],
    targets: [
      { of: 'serverCache', against: 'mysql2', atLeast: 1.2 },
      { of: 'clientCache', against: 'mysql2', atLeast: 20 },
    ],
    call: (_count, random) => hotQuestions[pick(random, HOT_QUESTIONS)] as Call,
    rows: POINT_DAYS,
  },
  {
    id: 'W2',
    what: 'bulk: 500,000 rows × 11 columns into typed columns',
    callers: 1,
    sides: ['stockdb', 'mysql2', 'kysely', 'drain', 'replaced'],
    targets: [
      { against: 'drain', atLeast: 1 / 1.25 },
      { against: 'replaced', atLeast: 4 },
    ],
    call: () => bulk,
    rows: BULK_SYMBOLS * DAYS,
  },
  {
    id: 'W2-hot',
    what: 'the same again',
    callers: 1,
    sides: ['serverCache', 'clientCache', 'mysql2'],
    targets: [],
    call: () => bulk,
    rows: BULK_SYMBOLS * DAYS,
  },
  {
    id: 'W3',
    what: 'cross-section: 1,000 symbols × 11 columns on a random date, 4 callers',
    callers: 4,
    sides: ['stockdb', 'mysql2', 'kysely', 'replaced'],
    targets: [
      { against: 'mysql2', atLeast: 0.9 },
      { against: 'replaced', atLeast: 4 },
    ],
    call: (_count, random) => ({ kind: 'cross-section', date: dateAt(pick(random, DAYS)) }),
    rows: SYMBOLS,
  },
  {
    id: 'W3-hot',
    what: 'the same, from 50 repeated dates',
    callers: 4,
    sides: ['stockdb', 'serverCache', 'clientCache', 'mysql2'],
    targets: [{ of: 'serverCache', against: 'mysql2', atLeast: 4 }],
    call: (_count, random) => ({ kind: 'cross-section', date: dateAt(pick(random, HOT_QUESTIONS)) }),
    rows: SYMBOLS,
  },
  {
    id: 'W4',
    what: 'panel: qfq closes of 300 symbols × 2,500 days',
    callers: 1,
    sides: ['stockdb', 'mysql2', 'replaced'],
    targets: [
      { against: 'mysql2', atLeast: 3 },
      { against: 'replaced', atLeast: 4 },
    ],
    // Another first day for each call: the same panel again is W5.
    call: (count) => ({ ...panel, start: dateAt(count % MAX_FIRST_DAY) }),
    rows: Number.NaN,
  },
  {
    id: 'W5',
    what: 'the same panel again',
    callers: 1,
    sides: ['stockdb', 'serverCache', 'clientCache', 'mysql2'],
    targets: [
      { of: 'serverCache', against: 'mysql2', atLeast: 10 },
      { of: 'clientCache', against: 'mysql2', atLeast: 30 },
    ],
    call: () => panel,
    rows: PANEL_SYMBOLS * DAYS,
  },
  {
    id: 'W7',
    what: 'asOf: the last statements of 500 symbols known on a random date, 4 callers',
    callers: 4,
    sides: ['stockdb', 'mysql2'],
    targets: [],
    call: (_count, random) => ({
      kind: 'as-of',
      date: dateAt(1_000 + pick(random, DAYS - 1_000)),
      lastSymbol: symbolAt(AS_OF_SYMBOLS - 1),
    }),
    rows: AS_OF_SYMBOLS,
  },
  {
    id: 'W8',
    what: 'join: mean return by industry over 250 days, aggregated by the database',
    callers: 1,
    sides: ['stockdb', 'mysql2', 'kysely'],
    targets: [],
    call: (_count, random) => {
      const day = pick(random, DAYS - JOIN_DAYS)
      return { kind: 'join', start: dateAt(day), end: dateAt(day + JOIN_DAYS - 1) }
    },
    rows: INDUSTRIES,
  },
  {
    id: 'W9',
    what: 'everything: 2,500,000 rows × 11 columns as a stream',
    callers: 1,
    sides: ['stockdb', 'mysql2', 'drain'],
    targets: [{ against: 'drain', atLeast: 1 / 1.3 }],
    call: () => ({ kind: 'everything' }),
    rows: SYMBOLS * DAYS,
  },
]
