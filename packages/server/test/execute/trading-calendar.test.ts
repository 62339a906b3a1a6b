import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tushare } from '@stockdb/contract'
import { tushare } from '@stockdb/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ReadQuery } from '../../src/engine/engine.ts'
import { runProgram } from '../support/program.ts'
import { type Served, serve } from '../support/serve.ts'
import { oneOfEachEngine, type Store } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { watchReads } from '../support/watch-reads.ts'
import { writeRows } from '../support/write-rows.ts'

const day = (at: number): string => `2024-01-${String(at).padStart(2, '0')}`
const weekend = new Set([day(6), day(7), day(13), day(14)])
const ofCalendar = (from: number, until: number) =>
  Array.from({ length: until - from + 1 }, (_, at) => ['SSE', day(from + at), Number(!weekend.has(day(from + at)))])

describe.each(oneOfEachEngine)('the trading calendar in memory, on $engine', ({ engine, open }) => {
  let store: Store
  let served: Served<Tushare>
  beforeEach(async () => {
    store = await open()
    served = await serve(store.address)
    await writeRows(served.server.engine, tushare.trade_cal, ofCalendar(1, 10), ['exchange', 'cal_date', 'is_open'])
    const bars = [2, 3, 4, 5, 8, 9, 10, 11].map((at) => ['S', day(at), at])
    await writeRows(served.server.engine, tushare.daily, bars, ['ts_code', 'trade_date', 'close'])
  })
  afterEach(async () => {
    await served?.close()
    await store?.drop()
  })

  /** Writes to `trade_cal` as a user does beside a server: in another process. */
  const importDays = async (rows: readonly (readonly unknown[])[]): Promise<void> => {
    const file = join(temporaryFolder(), 'trade_cal.csv')
    writeFileSync(file, ['exchange,cal_date,is_open', ...rows.map((row) => row.join(',')), ''].join('\n'))
    const run = await runProgram(['import', file, '--dataset', 'trade_cal', '--database', store.address])
    expect(run).toMatchObject({ code: 0, stderr: '' })
  }

  it('answers without reading the database, and panels and coverage by the same days', async () => {
    const { calendar, daily } = served.db
    expect(await calendar.sessions({ start: day(1), end: day(10) })).toHaveLength(8)
    const reads: ReadQuery[] = []
    watchReads(served.server.engine, (query) => reads.push(query))
    expect(await calendar.next({ date: day(5) })).toBe(day(8))
    expect(await calendar.offset({ date: day(5), n: -2 })).toBe(day(3))
    expect(reads).toEqual([])
    const { meta } = await daily.panel({ start: day(4), end: day(9), fields: ['close'] })
    expect(meta.sessions).toEqual([day(4), day(5), day(8), day(9)])
    expect(meta.coverage).toMatchObject({ sessionsExpected: 4 })
  })

  it('has what another process imports at the end, at once', async () => {
    const { calendar, daily } = served.db
    await expect(calendar.next({ date: day(10) })).rejects.toMatchObject({ code: 'OUT_OF_CALENDAR' })
    await expect(daily.range({ freq: 'week', fields: ['close'] })).rejects.toMatchObject({ code: 'OUT_OF_CALENDAR' })
    await importDays(ofCalendar(11, 14))
    const importedAt = Date.now()
    expect(await calendar.next({ date: day(10) })).toBe(day(11))
    expect(await calendar.sessions({ start: day(8), end: day(14) })).toHaveLength(5)
    const weeks = await daily.range({ freq: 'week', fields: ['trade_date', 'close'] })
    expect(weeks.columns.close).toEqual(Float64Array.of(5, 11))
    expect(Date.parse(weeks.meta.calendarAsOf ?? '')).toBeGreaterThanOrEqual(importedAt)
    const panel = await daily.panel({ start: day(10), end: day(14), fields: ['close'] })
    expect(panel.meta.sessions).toEqual([day(10), day(11), day(12)])
  })

  it('has the first days of an exchange that another process imports, at once', async () => {
    const { calendar } = served.db
    const inHongKong = { date: day(2), exchange: 'XHKG' }
    await expect(calendar.next(inHongKong)).rejects.toThrow('trade_cal has no day of the exchange "XHKG"')
    await importDays(ofCalendar(1, 5).map(([, ...rest]) => ['XHKG', ...rest]))
    expect(await calendar.next(inHongKong)).toBe(day(3))
  })

  it('has a day that another process corrects, within five seconds', async () => {
    const { calendar, daily } = served.db
    const panelDays = async () =>
      (await daily.panel({ start: day(2), end: day(4), fields: ['close'], symbols: ['T'], unknownSymbols: 'ignore' }))
        .meta.sessions
    expect(await calendar.sessions({ start: day(2), end: day(4) })).toEqual([day(2), day(3), day(4)])
    await importDays([['SSE', day(3), 0]])
    if (engine.startsWith('SQLite')) {
      // The file's version tells at once.
      expect(await calendar.sessions({ start: day(2), end: day(4) })).toEqual([day(2), day(4)])
    }
    const answers = () => Promise.all([calendar.sessions({ start: day(2), end: day(4) }), panelDays()])
    await vi.waitFor(
      async () =>
        expect(await answers()).toEqual([
          [day(2), day(4)],
          [day(2), day(4)],
        ]),
      { timeout: 10_000, interval: 200 },
    )
  }, 60_000)

  it('has what this process writes at once', async () => {
    const { calendar } = served.db
    expect(await calendar.next({ date: day(2) })).toBe(day(3))
    await writeRows(served.server.engine, tushare.trade_cal, [['SSE', day(3), 0]], ['exchange', 'cal_date', 'is_open'])
    expect(await calendar.next({ date: day(2) })).toBe(day(4))
  })
})
