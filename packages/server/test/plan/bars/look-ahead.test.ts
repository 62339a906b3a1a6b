import { type Tushare, tushare } from '@stockdb/contract'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../../support/serve.ts'
import { oneOfEachEngine, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'

const RUNS = Number(process.env.STOCKDB_TEST_RUNS ?? 100)
/** The same cases every time, unless a seed is given. */
const SEED = Number(process.env.STOCKDB_TEST_SEED ?? 20_240_102)

const days = Array.from({ length: 121 }, (_, at) => new Date(Date.UTC(2024, 0, 1 + at)).toISOString().slice(0, 10))
/** Weekdays except a week of holidays and two days around month ends. */
const sessions = days.filter(
  (day) =>
    new Date(day).getUTCDay() % 6 !== 0 &&
    (day < '2024-02-09' || day > '2024-02-18') &&
    !['2024-03-29', '2024-04-01'].includes(day),
)
const LAST = sessions.length - 1
const session = fc.integer({ min: 0, max: LAST })

type Values = Record<'open' | 'high' | 'low' | 'close' | 'pre_close' | 'vol' | 'amount', number | null>

interface Bar extends Values {
  readonly at: string
}

/** Multiples of a quarter, whose sums are exact in any order. */
const quarters = fc.option(fc.integer({ min: 1, max: 400 }), { freq: 8 }).map((n) => (n === null ? null : n / 4))
const values: fc.Arbitrary<Values> = fc.record({
  ...{ open: quarters, high: quarters, low: quarters, close: quarters, pre_close: quarters },
  ...{ vol: quarters, amount: quarters },
})

/** Rows at some of the moments, in order. */
const rowsAt = (moments: readonly string[]): fc.Arbitrary<Bar[]> =>
  fc
    .uniqueArray(fc.tuple(fc.nat(moments.length - 1), values), { selector: ([at]) => at, minLength: 5, maxLength: 60 })
    .map((rows) => rows.sort(([a], [b]) => a - b).map(([at, value]): Bar => ({ ...value, at: moments[at] as string })))

/** Bars by a plain loop: `labelOf` returns the period of a row; periods are in order of time. */
function expected(rows: readonly Bar[], labelOf: (at: string) => string) {
  return [...new Set(rows.map(({ at }) => labelOf(at)))].map((label) => {
    const own = rows.filter(({ at }) => labelOf(at) === label)
    const given = (name: keyof Values) => own.map((row) => row[name]).filter((value) => value !== null)
    const some = (name: keyof Values, of: (values: number[]) => number | undefined) => {
      const present = given(name)
      return present.length === 0 ? Number.NaN : (of(present) as number)
    }
    return {
      label,
      open: some('open', (all) => all[0]),
      high: some('high', (all) => Math.max(...all)),
      low: some('low', (all) => Math.min(...all)),
      close: some('close', (all) => all.at(-1)),
      pre_close: some('pre_close', (all) => all[0]),
      vol: some('vol', (all) => all.reduce((a, b) => a + b)),
      amount: some('amount', (all) => all.reduce((a, b) => a + b)),
    }
  })
}

const dayCase = fc.record({
  rows: rowsAt(sessions),
  /** Factor changes; powers of two, so that prices stay exact. */
  factors: fc.uniqueArray(fc.tuple(session, fc.constantFrom(0.5, 1, 2, 4)), {
    selector: ([at]) => at,
    maxLength: 8,
  }),
  start: session,
  cut: session,
  end: session,
  anchor: session,
  freq: fc.constantFrom('week', 'month', 'quarter'),
  adjust: fc.constantFrom('none', 'hfq', 'qfq'),
} as const)

/** The label of a day's period. */
function periodOf(day: string, freq: 'week' | 'month' | 'quarter'): string {
  const [year, month] = day.split('-').map(Number) as [number, number]
  if (freq === 'month') return day.slice(0, 7)
  if (freq === 'quarter') return `${year} ${Math.ceil(month / 3)}`
  // January 1st was a Monday.
  return String(Math.floor(days.indexOf(day) / 7))
}

const TIMES = Array.from({ length: 242 }, (_, n) => (n <= 120 ? 570 + n : 780 + n - 121)).map(
  (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00`,
)
const moments = ['2024-01-02', '2024-01-03'].flatMap((day) => TIMES.map((time) => `${day} ${time}`))
const minuteCase = fc.record({
  rows: rowsAt(moments),
  cut: fc.nat(moments.length - 1),
  minutes: fc.constantFrom(5, 7, 15, 30, 60, 240),
})

/** The end of a minute bar, found by stepping from one end to the next. */
function endOfBar(moment: string, minutes: number): string {
  const minute = Number(moment.slice(11, 13)) * 60 + Number(moment.slice(14, 16))
  const [open, close] = minute <= 690 ? [570, 690] : [780, 900]
  let end = open + minutes
  while (end < minute) end += minutes
  end = Math.min(end, close)
  return `${moment.slice(0, 11)}${String(Math.floor(end / 60)).padStart(2, '0')}:${String(end % 60).padStart(2, '0')}:00`
}

describe.each(oneOfEachEngine)('longer bars on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  let cases = 0
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    const { engine } = served.server
    const calendar = days.map((day) => ['SSE', day, Number(sessions.includes(day))])
    await writeRows(engine, tushare.trade_cal, calendar, ['exchange', 'cal_date', 'is_open'])
    // The market is open, whichever symbols trade.
    await writeRows(
      engine,
      tushare.daily,
      sessions.map((day) => ['MARKET', day]),
      ['ts_code', 'trade_date'],
    )
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const ofMinutes = ['open', 'high', 'low', 'close', 'vol', 'amount'] as const
  const names = [...ofMinutes, 'pre_close'] as const

  it(`from days equal a plain loop, and later days do not change them: ${RUNS} cases`, {
    timeout: 300_000,
  }, async () => {
    let whole = 0
    await fc.assert(
      fc.asyncProperty(dayCase, async ({ rows, factors, freq, adjust, ...places }) => {
        const code = `D${cases++}`
        const [start, cut, end] = [places.start, places.cut, places.end].sort((a, b) => a - b) as [
          number,
          number,
          number,
        ]
        const [from, until, later] = [start, cut, end].map((at) => sessions[at] as string) as [string, string, string]
        const anchor = sessions[Math.min(places.anchor, cut)] as string
        const changes = [[0, 1] as const, ...factors.filter(([at]) => at > 0)].map(
          ([at, factor]) => [code, sessions[at] as string, factor] as const,
        )
        const factorOn = (day: string) => {
          const before = changes.filter(([, from]) => from <= day).sort(([, a], [, b]) => (a < b ? -1 : 1))
          return before.at(-1)?.[2] ?? 1
        }
        const write = async (isNow: (day: string) => boolean) => {
          const { engine } = served.server
          const now = rows.filter(({ at }) => isNow(at)).map((row) => [code, row.at, ...names.map((name) => row[name])])
          await writeRows(engine, tushare.daily, now, ['ts_code', 'trade_date', ...names])
          await writeRows(
            engine,
            tushare.adj_factor,
            changes.filter(([, day]) => isNow(day)),
          )
        }
        const ask = async (until: string) => {
          const adjusting = { adjust, ...(adjust === 'qfq' ? { anchor } : {}) } as const
          const input = {
            symbols: [code],
            unknownSymbols: 'ignore' as const,
            start: from,
            end: until,
            freq,
            ...adjusting,
          }
          const frame = await served.db.daily.range({ ...input, fields: [...names, 'change', 'pct_chg'] })
          return frame.rows().map(({ ts_code: _, trade_date: label, ...bar }) => ({ label, ...bar }))
        }
        const loop = (until: string) => {
          const scale = (day: string) =>
            ({ none: 1, hfq: factorOn(day), qfq: factorOn(day) / factorOn(anchor) })[adjust]
          const scaled = rows
            .filter(({ at }) => at >= from && at <= until)
            .map((row): Bar => {
              const price = (name: keyof Values) => (row[name] === null ? null : row[name] * scale(row.at))
              const prices = { open: price('open'), high: price('high'), low: price('low'), close: price('close') }
              return { ...row, ...prices, pre_close: price('pre_close') }
            })
          const labelOf = (day: string) =>
            sessions.findLast((one) => one <= until && periodOf(one, freq) === periodOf(day, freq)) ?? ''
          return expected(scaled, labelOf).map((bar) => {
            const change = bar.close - bar.pre_close
            return { ...bar, change, pct_chg: (change / bar.pre_close) * 100 }
          })
        }
        await write((day) => day <= until)
        const then = await ask(until)
        expect(then).toEqual(loop(until))
        await write((day) => day > until)
        expect(await ask(until)).toEqual(then)
        const now = await ask(later)
        expect(now).toEqual(loop(later))
        const inProgress = periodOf(sessions[cut + 1] ?? '2025-01-01', freq)
        const ended = then.filter(({ label }) => periodOf(label, freq) !== inProgress)
        expect(now.slice(0, ended.length)).toEqual(ended)
        whole += ended.length
      }),
      { numRuns: RUNS, seed: SEED },
    )
    expect(whole).toBeGreaterThan(RUNS)
  })

  it(`from minutes equal a plain loop, and later minutes do not change them: ${RUNS} cases`, {
    timeout: 300_000,
  }, async () => {
    let whole = 0
    await fc.assert(
      fc.asyncProperty(minuteCase, async ({ rows, cut, minutes }) => {
        const code = `M${cases++}`
        const until = moments[cut] as string
        const write = (now: readonly Bar[]) =>
          writeRows(
            served.server.engine,
            tushare.stk_mins,
            now.map((row) => [code, '1min', row.at, ...ofMinutes.map((name) => row[name])]),
            ['ts_code', 'freq', 'trade_time', ...ofMinutes],
          )
        const ask = async (end?: string) => {
          const input = { symbols: [code], unknownSymbols: 'ignore', freq: `${minutes}min`, fields: ofMinutes } as const
          const frame = await served.db.stk_mins.range(end === undefined ? input : { ...input, end })
          return frame.rows().map(({ ts_code: _, trade_time: label, ...bar }) => ({ label, ...bar }))
        }
        const loop = (rows: readonly Bar[]) =>
          expected(rows, (at) => endOfBar(at, minutes)).map(({ pre_close: _, ...bar }) => bar)
        const past = rows.filter(({ at }) => at <= until)
        await write(past)
        const then = await ask()
        expect(then).toEqual(loop(past))
        await write(rows.filter(({ at }) => at > until))
        // Periods that are not over are not returned.
        expect(await ask(until)).toEqual(then.filter(({ label }) => label <= until))
        const now = await ask()
        expect(now).toEqual(loop(rows))
        const ended = then.filter(({ label }) => label <= until)
        expect(now.slice(0, ended.length)).toEqual(ended)
        whole += ended.length
      }),
      { numRuns: RUNS, seed: SEED },
    )
    expect(whole).toBeGreaterThan(RUNS)
  })
})
