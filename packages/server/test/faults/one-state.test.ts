import { type Tushare, tushare } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { withoutRequest } from '../support/failure.ts'
import { times } from '../support/scale.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, type Store, type StoreMaker, sqliteMaker } from '../support/stores.ts'
import { startToggling, type Toggle } from '../support/toggling-writer.ts'
import { writeRows } from '../support/write-rows.ts'

const CALLERS = 8
const MS = times(1_500, 60_000)
const TIMEOUT_MS = 60_000 + 4 * MS

const SYMBOLS = Array.from({ length: 12 }, (_, at) => `S${at + 10}`)
/** Every day of six weeks; all are sessions. */
const DAYS = Array.from({ length: 42 }, (_, at) => new Date(Date.UTC(2024, 0, 1 + at)).toISOString().slice(0, 10))
/** The last day exists only in the second state. */
const [NEW_DAY = '', ...BEFORE] = DAYS.toReversed()
const OLD_DAYS = BEFORE.toReversed()
const MIDDLE = '2024-01-20'

/** Bars by symbol: S11 has none before the middle. */
const barRows = SYMBOLS.flatMap((code, at) =>
  OLD_DAYS.filter((day) => code !== 'S11' || day < '2024-01-10' || day > MIDDLE).map((day, index): StoredValue[] => [
    ...[code, day, 10 + at + index / 7],
    ...[10 + at + index / 7, 9 + at + index / 7, 10 + at + index / 9, 10 + at, 1, 1, 1_000 + index, 1e4],
  ]),
)
const barFields = 'ts_code trade_date open high low close pre_close change pct_chg vol amount'.split(' ')

const minuteRows = ['S10', 'S11'].flatMap((code) =>
  [1, 5].flatMap((length) =>
    Array.from({ length: 120 / length }, (_, at): StoredValue[] => {
      const minute = 570 + (at + 1) * length
      const clock = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
      return [code, `${length}min`, `2024-01-02 ${clock}:00`, length === 1 ? 1 : 50]
    }),
  ),
)

const calendarRows = (exchange: string, from: number, days: number): StoredValue[][] =>
  DAYS.slice(from, from + days).map((day, at) => [exchange, day, exchange === 'SSE' || at % 2 === 0 ? 1 : 0])

const quoted = (rows: readonly (readonly StoredValue[])[]): string =>
  rows.map((row) => `(${row.map((value) => (typeof value === 'number' ? value : `'${value}'`)).join(', ')})`).join(', ')
const insert = (table: string, fields: string, rows: readonly (readonly StoredValue[])[]): string =>
  `insert into ${table} (${fields}) values ${quoted(rows)}`

const weights = (day: string, codes: readonly string[]): string =>
  insert(
    'index_weight',
    'index_code, trade_date, con_code, weight',
    codes.map((code) => ['I', day, code, 50]),
  )
const margins = (day: string): string =>
  insert(
    'margin_detail',
    'ts_code, trade_date, rzye',
    SYMBOLS.map((code, at) => [code, day, at + Number(day.slice(-2))]),
  )
const calendar = (from: number): string =>
  insert('trade_cal', 'exchange, cal_date, is_open', calendarRows('BSE', from, 14))

/** Values from which a mixture of the two states would be visible in every answer. */
const toggle: Toggle = {
  forth: [
    'update adj_factor set adj_factor = adj_factor * 2',
    insert(
      'adj_factor',
      'ts_code, trade_date, adj_factor',
      SYMBOLS.map((code) => [code, NEW_DAY, 12]),
    ),
    insert(
      'daily',
      'ts_code, trade_date, close, vol',
      SYMBOLS.map((code, at) => [code, NEW_DAY, 20 + at, 7]),
    ),
    `update stock_basic set delist_date = '${MIDDLE}' where ts_code = 'S12'`,
    `delete from daily where ts_code = 'S12' and trade_date >= '${MIDDLE}'`,
    "delete from index_weight where index_code = 'I'",
    weights('2024-01-18', ['S12', 'S13']),
    "delete from margin_detail where trade_date = '2024-01-19'",
    "delete from stk_mins where freq = '5min' and trade_time > '2024-01-02 10:30:00'",
    "delete from trade_cal where exchange = 'BSE'",
    calendar(7),
  ],
  back: [
    `delete from adj_factor where trade_date = '${NEW_DAY}'`,
    'update adj_factor set adj_factor = adj_factor / 2',
    `delete from daily where trade_date = '${NEW_DAY}'`,
    "update stock_basic set delist_date = null where ts_code = 'S12'",
    insert(
      'daily',
      barFields.map((field) => (field === 'change' ? '`change`' : field)).join(', '),
      barRows.filter(([code, day]) => code === 'S12' && String(day) >= MIDDLE),
    ),
    "delete from index_weight where index_code = 'I'",
    weights('2024-01-17', ['S10', 'S11']),
    margins('2024-01-19'),
    insert(
      'stk_mins',
      'ts_code, freq, trade_time, vol',
      minuteRows.filter(([, length, time]) => length === '5min' && String(time) > '2024-01-02 10:30:00'),
    ),
    "delete from trade_cal where exchange = 'BSE'",
    calendar(0),
  ],
}

type Db = Served<Tushare>['db']
const fields = ['close'] as const
const qfq = { adjust: 'qfq', fields } as const

/** Every kind of call that takes several statements, and some that take one. */
const questions: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  'range, adjusted to its end': ({ daily }) => daily.range({ ...qfq, end: '2024-01-31' }),
  'range, adjusted to the last day': ({ daily }) => daily.range({ ...qfq, start: '2024-01-15' }),
  'range, adjusted backward': ({ daily }) => daily.range({ adjust: 'hfq', fields, end: '2024-01-10' }),
  'latest, adjusted': ({ daily }) => daily.latest(qfq),
  'latest of several days, adjusted': ({ daily }) => daily.latest({ ...qfq, n: 3 }),
  'at with look-back, adjusted': ({ daily }) => daily.at({ ...qfq, date: '2024-01-25', lookback: true }),
  weeks: ({ daily }) => daily.range({ freq: 'week', fields: ['close', 'vol'] }),
  'weeks, adjusted': ({ daily }) => daily.range({ ...qfq, freq: 'week' }),
  'months, adjusted backward': ({ daily }) => daily.range({ adjust: 'hfq', fields, freq: 'month' }),
  minutes: ({ stk_mins }) => stk_mins.range({ freq: '30min', fields: ['vol'] }),
  'minutes, limited': ({ stk_mins }) => stk_mins.range({ freq: '30min', fields: ['vol'], limit: 3 }),
  'panel, adjusted': ({ daily }) => daily.panel({ ...qfq, start: '2024-01-15', end: '2024-01-31' }),
  'panel, filled': ({ daily }) => daily.panel({ fields, start: '2024-01-15', end: '2024-01-31', fill: 'previous' }),
  'panel, filled and adjusted': ({ daily }) =>
    daily.panel({ ...qfq, start: '2024-01-15', end: '2024-01-31', fill: 'previous' }),
  'asOf of what is published': ({ index_weight }) => index_weight.asOf({ date: '2024-01-25', symbols: ['I'] }),
  'screen of an index': ({ screen }) => screen({ date: '2024-01-20', index: 'I', fields: ['daily.close'] }),
  'screen by the day before': ({ screen }) => screen({ date: '2024-01-20', fields: ['margin_detail.rzye'] }),
  'stocks listed': ({ instruments }) => instruments.list({ asOf: '2024-01-25' }),
  'what there is of each dataset': ({ meta }) => meta.datasets(),
}

/** Cached parts of an answer, which may be older than its rows. */
const REMEMBERED = ['calendarAsOf', 'coverageAsOf', 'formatChecked', 'formatCheck']

/** An answer or its error as text, without cached parts and what depends on them. */
async function told(answer: Promise<unknown>): Promise<string> {
  try {
    const found = (await answer) as { columns?: object; meta?: object }
    const { columns, meta } = found
    return JSON.stringify(columns ? { columns, meta } : found, (key, value) =>
      REMEMBERED.includes(key) || value?.symbolsAsked !== undefined ? undefined : value,
    )
  } catch (error) {
    if (!(error instanceof StockdbError)) throw error
    return `${error.code} ${withoutRequest(error.message)}`
  }
}

async function change(address: string, statements: readonly string[]): Promise<void> {
  await sql(address, 'begin', ...statements, 'commit')
}

interface Maker extends StoreMaker {
  /** Statements that change the finished database. */
  readonly finish?: readonly string[]
}

/**
 * As a user's own file, whose readers and writers lock each other out. Locks that are dropped in the middle of an answer
 * are not found here, but by "stays locked" in engine/sqlite-files.test.ts.
 */
const rollbackMaker: Maker = {
  ...sqliteMaker,
  engine: 'SQLite with a rollback journal',
  finish: ['pragma application_id = 0', 'pragma journal_mode = delete'],
}

/** The error of a reader that a writer kept out for seconds. */
const LOCKED_OUT = /^(?:DATABASE_UNAVAILABLE|DATABASE_INTERRUPTED|OVERLOADED) /

/** The writer keeps so many readers waiting that a file with a rollback journal is not worth its time in CI. */
const makers: readonly Maker[] = [...enginesOfRun, ...times([], [rollbackMaker])]

describe.each(makers)('answers during writes, on $engine', ({ open, finish }) => {
  let store: Store
  let quiet: Served<Tushare>
  /** Allowed answers of each call: those of either state. */
  const truths = new Map<string, readonly string[]>()

  beforeAll(async () => {
    store = await open()
    quiet = await serve(store.address)
    const { engine } = quiet.server
    await writeRows(engine, tushare.daily, barRows, barFields)
    const factors = SYMBOLS.flatMap((code) => OLD_DAYS.map((day, at): StoredValue[] => [code, day, 1 + (at >> 3)]))
    await writeRows(engine, tushare.adj_factor, factors, ['ts_code', 'trade_date', 'adj_factor'])
    const stocks = SYMBOLS.map((code): StoredValue[] => [code, code, '2020-01-01', null])
    await writeRows(engine, tushare.stock_basic, stocks, ['ts_code', 'symbol', 'list_date', 'delist_date'])
    await writeRows(engine, tushare.stk_mins, minuteRows, ['ts_code', 'freq', 'trade_time', 'vol'])
    const days = [...calendarRows('SSE', 0, DAYS.length), ...calendarRows('BSE', 0, 14)]
    await writeRows(engine, tushare.trade_cal, days, ['exchange', 'cal_date', 'is_open'])
    await change(store.address, [weights('2024-01-17', ['S10', 'S11']), margins('2024-01-18'), margins('2024-01-19')])
    if (finish) {
      await quiet.close()
      await sql(store.address, ...finish)
      quiet = await serve(store.address)
    }
    const ask = async (): Promise<Map<string, string>> => {
      const answers = new Map<string, string>()
      for (const [name, question] of Object.entries(questions)) answers.set(name, await told(question(quiet.db)))
      return answers
    }
    const first = await ask()
    await change(store.address, toggle.forth)
    const second = await ask()
    await change(store.address, toggle.back)
    expect(await ask()).toEqual(first)
    for (const [name, answer] of first) truths.set(name, [answer, second.get(name) ?? ''])
  }, TIMEOUT_MS)
  afterAll(async () => {
    await quiet?.close()
    await store?.drop()
  })

  it.each([
    ['with the usual connections', {}],
    ['with one connection', { connections: 1, maxHeavyCalls: 1, queueBurstMs: 60_000, queueWaitMs: 60_000 }],
  ])('invariant 11: each show one state of the database, %s', { timeout: TIMEOUT_MS }, async (_, bounds) => {
    const { db, close } = await serve(store.address, { bounds })
    onTestFinished(close)
    const writer = startToggling(store.address, finish ? { ...toggle, standsMs: 30 } : toggle)
    const end = performance.now() + MS
    const names = Object.keys(questions)
    const asked = new Map<string, number>()
    const wrong = new Map<string, string>()
    const caller = async (from: number): Promise<void> => {
      for (let at = from; performance.now() < end || asked.size < names.length; at += CALLERS - 1) {
        const name = names[at % names.length] ?? ''
        const answer = await told(questions[name]?.(db) ?? Promise.resolve())
        asked.set(name, (asked.get(name) ?? 0) + 1)
        if (finish && LOCKED_OUT.test(answer)) continue
        if (!truths.get(name)?.includes(answer)) wrong.set(name, answer)
      }
    }
    await Promise.all(Array.from({ length: finish ? 2 : CALLERS }, (_, at) => caller(at)))
    const toggles = await writer.stop()
    console.log(`${[...asked.values()].reduce((sum, count) => sum + count, 0)} answers beside ${toggles} changes`)
    expect(Object.fromEntries(wrong)).toEqual({})
    expect(toggles).toBeGreaterThan(0)
  })
})
