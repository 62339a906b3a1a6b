import { datetime, defineCatalogue, defineDataset, float64, symbol, tushare } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import type { MinuteFrequency } from '@stockdb/contract/wire'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../../support/serve.ts'
import { oneOfEachEngine, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'

const RUNS = Number(process.env.STOCKDB_TEST_RUNS ?? 100)
const SEED = Number(process.env.STOCKDB_TEST_SEED ?? 20_240_102)

/** Bars labelled with their start. */
const us = defineDataset({
  name: 'us_minutes',
  description: 'Minute bars of US stocks',
  fields: {
    ticker: symbol.required('Ticker'),
    freq: symbol.required('Length of the bar'),
    at: datetime.required('Start of the bar'),
    volume: float64('Volume', { unit: 'shares' }),
  },
  key: ['ticker', 'freq', 'at'],
  symbol: 'ticker',
  date: 'at',
  bars: {
    ...{ first: [], max: [], min: [], last: [], sum: ['volume'] },
    minutes: { frequency: 'freq', sessions: [['09:30', '16:00']], label: 'start' },
  },
})
const catalogue = defineCatalogue({ stk_mins: tushare.stk_mins, us_minutes: us })

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
/** The ends of a morning's bars: 09:31 to 11:30 for one minute. */
const morning = (length: number): string[] =>
  Array.from({ length: 120 / length }, (_, at) => clock(570 + (at + 1) * length))

/** Bars of a day with a volume of one share per minute. */
const bars = (code: string, length: number, day: string, times: readonly string[] = morning(length)): StoredValue[][] =>
  times.map((time) => [code, `${length}min`, `${day} ${time}:00`, length])

const rows: StoredValue[][] = [
  // Minutes for the whole morning; half hours until half past ten.
  ...bars('CUT', 1, '2024-01-03'),
  ...bars('CUT', 30, '2024-01-03', ['10:00', '10:30']),
  // A day in between has no half hours.
  ...['2024-01-02', '2024-01-03', '2024-01-04'].flatMap((day) => bars('DAY', 1, day)),
  ...['2024-01-02', '2024-01-04'].flatMap((day) => bars('DAY', 30, day)),
  // One half hour in the middle of a day is missing.
  ...bars('GAP', 1, '2024-01-03'),
  ...bars('GAP', 30, '2024-01-03', ['10:00', '11:00', '11:30']),
  // One quarter hour is missing, though its half hour has the other.
  ...bars('QUARTER', 1, '2024-01-03'),
  ...bars('QUARTER', 15, '2024-01-03', ['09:45', '10:00', '10:15', '10:45', '11:00', '11:15', '11:30']),
  // Neither length is complete.
  ...bars('NEITHER', 1, '2024-01-03', ['09:31']),
  ...bars('NEITHER', 30, '2024-01-03', ['10:30']),
  ...[1, 5, 15, 30].flatMap((length) => bars('ALL', length, '2024-01-03')),
]

describe.each(oneOfEachEngine)('minute bars stored in several lengths, on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { catalogue })
    await writeRows(served.server.engine, tushare.stk_mins, rows, ['ts_code', 'freq', 'trade_time', 'vol'])
    await writeRows(
      served.server.engine,
      us,
      Array.from({ length: 60 }, (_, at) => ['A', '1min', `2024-01-03 ${clock(570 + at)}:00`, 1]),
    )
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  interface Input {
    readonly freq: MinuteFrequency
    readonly from?: MinuteFrequency | undefined
    readonly symbols?: readonly string[]
    readonly start?: string
    readonly end?: string
    readonly limit?: number
  }
  const ask = async (input: Input) => {
    const frame = await served.db.stk_mins.range({ ...input, fields: ['vol'] })
    const short = frame.rows().map(({ trade_time, vol }) => `${trade_time.slice(11, 16)} ${vol}`)
    return { from: frame.meta.from, short, meta: frame.meta }
  }

  it('are made of shorter ones if the stored ones end earlier, or miss days or one bar', async () => {
    const whole = ['10:00 30', '10:30 30', '11:00 30', '11:30 30']
    for (const code of ['CUT', 'GAP', 'QUARTER']) {
      const { from, short } = await ask({ symbols: [code], freq: '30min' })
      expect([code, from, short]).toEqual([code, '1min', whole])
    }
    const days = await ask({ symbols: ['DAY'], freq: '30min' })
    expect([days.from, days.short]).toEqual(['1min', [...whole, ...whole, ...whole]])
    expect((await ask({ symbols: ['DAY'], freq: '30min', end: '2024-01-02' })).from).toBe('30min')
    expect((await ask({ symbols: ['CUT'], freq: '30min', end: '2024-01-03 10:59:00' })).from).toBe('30min')
    expect((await ask({ symbols: ['QUARTER'], freq: '30min', end: '2024-01-03 10:15:00' })).from).toBe('15min')
    expect((await ask({ symbols: ['ALL'], freq: '30min' })).from).toBe('30min')
    expect((await ask({ symbols: ['ALL', 'CUT'], freq: '30min' })).from).toBe('1min')
  })

  it('use the longest length that is complete for the bars within a limit', async () => {
    const first = await ask({ symbols: ['ALL', 'CUT'], freq: '30min', limit: 2 })
    expect([first.from, first.short, first.meta.complete]).toEqual(['30min', ['10:00 30', '10:30 30'], false])
    const more = await ask({ symbols: ['ALL', 'CUT'], freq: '30min', limit: 7 })
    expect([more.from, more.short.length, more.meta.complete]).toEqual(['1min', 7, false])
  })

  it('are refused if no length is complete, unless one is named', async () => {
    await expect(ask({ symbols: ['NEITHER'], freq: '30min' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/^freq: got "30min"; .*choose one with from: 30min, 1min/),
    })
    expect((await ask({ symbols: ['NEITHER'], freq: '30min', from: '30min' })).short).toEqual(['10:30 30'])
  })

  it('are complete at the edges of the range, and never later than its end', async () => {
    const ofAll = (start: string, end: string, from?: Input['from']) =>
      ask({ symbols: ['ALL'], freq: '30min', start: `2024-01-03 ${start}:00`, end: `2024-01-03 ${end}:00`, from })
    for (const from of [undefined, '1min', '5min', '15min', '30min'] as const) {
      expect((await ofAll('09:45', '10:10', from)).short).toEqual(['10:00 30'])
      expect((await ofAll('10:00', '10:30', from)).short).toEqual(['10:00 30', '10:30 30'])
      expect((await ofAll('10:01', '10:29', from)).short).toEqual([])
    }
    const { coverage } = (await ofAll('10:01', '10:29', '1min')).meta
    expect(coverage).toMatchObject({ symbolsFound: 0, symbolsMissing: ['ALL'], sessionsFound: 0 })
  })

  it('labelled with their start are complete at the edges, too', async () => {
    const ofA = async (start: string, end: string) =>
      (
        await served.db.us_minutes.range({
          freq: '15min',
          start: `2024-01-03 ${start}:00`,
          end: `2024-01-03 ${end}:00`,
        })
      )
        .rows()
        .map(({ at, volume }) => `${at.slice(11, 16)} ${volume}`)
    expect(await ofA('09:31', '10:00')).toEqual(['09:45 15', '10:00 15'])
    expect(await ofA('09:30', '09:59')).toEqual(['09:30 15', '09:45 15'])
    expect(await ofA('09:31', '09:44')).toEqual([])
  })

  it(`are the same whichever length is stored, and so are their days: ${RUNS} ranges`, {
    timeout: 120_000,
  }, async () => {
    const moment = fc.integer({ min: 565, max: 695 }).map((minute) => `2024-01-03 ${clock(minute)}:00`)
    let found = 0
    await fc.assert(
      fc.asyncProperty(moment, moment, fc.constantFrom(5, 15, 30, 60, 120), async (one, other, length) => {
        const [start, end] = one < other ? [one, other] : [other, one]
        const wanted = morning(length)
          .filter((time) => time >= start.slice(11, 16) && time <= end.slice(11, 16))
          .map((time) => `${time} ${Math.min(length, minuteOf(time) - 570)}`)
        for (const from of [undefined, ...[1, 5, 15, 30].filter((one) => length % one === 0)]) {
          const named = from === undefined ? {} : { from: `${from}min` as const }
          const { short, meta } = await ask({ symbols: ['ALL'], freq: `${length}min`, start, end, ...named })
          expect(short, `from ${from}`).toEqual(wanted)
          expect(meta.coverage?.sessionsFound).toBe(wanted.length > 0 ? 1 : 0)
        }
        found += wanted.length
      }),
      { numRuns: RUNS, seed: SEED },
    )
    expect(found).toBeGreaterThan(RUNS)
  })
})
