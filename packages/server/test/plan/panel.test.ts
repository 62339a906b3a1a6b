import { date, defineCatalogue, defineDataset, int64, symbol, tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const { NaN: gap } = Number
const shares = defineDataset({
  name: 'shares',
  description: 'Volumes in shares',
  fields: { code: symbol.required('Code'), day: date.required('Day'), volume: int64('Volume') },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
  calendar: 'SSE',
})
const catalogue = defineCatalogue({ ...tushare, shares })
/** Thursday to Tuesday; the weekend between is closed in the calendar. */
const open = ['2024-01-04', '2024-01-05', '2024-01-08', '2024-01-09']
const calendar = Array.from({ length: 10 }, (_, at) => `2024-01-${String(at + 1).padStart(2, '0')}`)

const bar = (symbol: string, date: string, close: number | null, vol = 1) => [symbol, date, close, vol]

describe.each(enginesOfRun)('panels on $engine', (maker) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await maker.open()
    served = await serve(store.address, { catalogue })
    const { engine } = served.server
    await writeRows(
      engine,
      tushare.trade_cal,
      calendar.map((day) => ['SSE', day, Number(open.includes(day) || day < '2024-01-04')]),
      ['exchange', 'cal_date', 'is_open'],
    )
    await writeRows(
      engine,
      tushare.daily,
      [
        bar('A', '2024-01-03', 9),
        ...open.map((day, at) => bar('A', day, 10 + at)),
        // Suspended on the 5th and the 8th, with a null on the 9th.
        bar('B', '2024-01-04', 20),
        bar('B', '2024-01-09', null),
        // Not traded in the range, and delisted on the 8th.
        bar('C', '2024-01-02', 30),
      ],
      ['ts_code', 'trade_date', 'close', 'vol'],
    )
    await writeRows(engine, tushare.adj_factor, [
      ...['A', 'B', 'C'].flatMap((code) => [[code, '2024-01-02', 1]]),
      ['A', '2024-01-08', 2],
    ])
    await writeRows(engine, tushare.stock_basic, [['C', '2024-01-08']], ['ts_code', 'delist_date'])
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })
  const range = { start: '20240104', end: '2024-01-09' }
  const columns = (panel: { symbols: readonly string[]; series(symbol: string): Float64Array }) =>
    Object.fromEntries(panel.symbols.map((symbol) => [symbol, [...panel.series(symbol)]]))

  it('have trading days as rows and the requested symbols as columns, with gaps for missing rows', async () => {
    const { dates, symbols, panels, meta } = await served.db.daily.panel({
      ...range,
      symbols: ['NOBODY', 'B', 'A', 'B'],
      unknownSymbols: 'ignore',
      fields: ['close', 'vol'],
    })
    expect(dates).toEqual(open)
    expect(symbols).toEqual(['A', 'B', 'NOBODY'])
    expect(columns(panels.close)).toEqual({ A: [10, 11, 12, 13], B: [20, gap, gap, gap], NOBODY: [gap, gap, gap, gap] })
    expect(columns(panels.vol)).toEqual({ A: [1, 1, 1, 1], B: [1, gap, gap, 1], NOBODY: [gap, gap, gap, gap] })
    expect(panels.close.values.map((row) => row[0])).toEqual([10, 11, 12, 13])
    expect(panels.close.at('2024-01-08', 'A')).toBe(12)
    expect(meta).toMatchObject({ fill: 'none', rows: 12, complete: true, sessions: open })
    expect(meta.coverage).toMatchObject({ symbolsAsked: 3, symbolsFound: 2, symbolsMissing: ['NOBODY'] })
  })

  it('have the found symbols if none are named, and the same dates for any symbols', async () => {
    const all = await served.db.daily.panel({ ...range, fields: ['close'] })
    expect(all.symbols).toEqual(['A', 'B'])
    const nobody = await served.db.daily.panel({ ...range, symbols: [], fields: ['close'] })
    expect(nobody.dates).toEqual(open)
    expect(nobody.panels.close.values.map((row) => row.length)).toEqual([0, 0, 0, 0])
  })

  it('have the requested symbols even if the range has no trading day', async () => {
    const weekend = { start: '2024-01-06', end: '2024-01-07', fields: ['close'] } as const
    const { dates, symbols, panels } = await served.db.daily.panel({ ...weekend, symbols: ['B', 'A', 'B'] })
    expect([dates, symbols, panels.close.symbols, panels.close.values]).toEqual([[], ['A', 'B'], ['A', 'B'], []])
    expect([...panels.close.series('A')]).toEqual([])
    expect((await served.db.daily.panel(weekend)).symbols).toEqual([])
  })

  it('fill gaps with the last row before, even before the range, until the delisting, and keep nulls of rows', async () => {
    const { panels } = await served.db.daily.panel({
      ...range,
      symbols: ['A', 'B', 'C'],
      fields: ['close'],
      fill: 'previous',
    })
    expect(columns(panels.close)).toEqual({ A: [10, 11, 12, 13], B: [20, 20, 20, gap], C: [30, 30, gap, gap] })
  })

  it('say that they fill past delistings if the list of stocks cannot be read', async () => {
    const { stock_basic } = tushare
    const foreign = { ...catalogue, stock_basic: defineDataset({ ...stock_basic, table: 'stocks', managed: false }) }
    const other = await serve(store.address, { catalogue: foreign })
    const { panels, meta } = await other.db.daily.panel({
      ...{ ...range, symbols: ['A', 'C'], fields: ['close'], fill: 'previous' },
    })
    await other.close()
    expect(columns(panels.close)).toEqual({ A: [10, 11, 12, 13], C: [30, 30, 30, 30] })
    expect(meta.rule).toMatch(/filled to the end, also past delistings, because stock_basic cannot be read/)
  })

  it('fill up to the limit, including days before the range, and count the filled cells', async () => {
    const input = { ...range, symbols: ['A', 'B', 'C'], fields: ['close'], fill: 'previous' } as const
    const whole = await served.db.daily.panel(input)
    expect(whole.meta.coverage).toMatchObject({ cellsFilled: 4 })
    const { panels, meta } = await served.db.daily.panel({ ...input, maxFill: 1 })
    // C has no row on the 3rd either.
    expect(columns(panels.close)).toEqual({ A: [10, 11, 12, 13], B: [20, 20, gap, gap], C: [gap, gap, gap, gap] })
    expect(meta).toMatchObject({ arguments: { maxFill: 1 }, coverage: { cellsFilled: 1 } })
    const two = await served.db.daily.panel({ ...input, maxFill: 2 })
    expect(columns(two.panels.close)).toMatchObject({ B: [20, 20, 20, gap], C: [30, gap, gap, gap] })
    expect(two.meta.coverage).toMatchObject({ cellsFilled: 3 })
    expect((await served.db.daily.panel({ ...range, fields: ['close'] })).meta.coverage?.cellsFilled).toBe(0)
    const alone = { ...range, fields: ['close'], maxFill: 3 } as const
    await expect(served.db.daily.panel(alone)).rejects.toThrow(
      /maxFill: got 3; expected it together with fill: "previous"/,
    )
    await expect(served.db.daily.panel({ ...input, maxFill: 0 })).rejects.toThrow(/maxFill: got 0; expected a whole/)
  })

  it('adjust filled values to the same anchor', async () => {
    const input = { ...range, symbols: ['A', 'C'], fields: ['close'], fill: 'previous' } as const
    const { panels, meta } = await served.db.daily.panel({ ...input, adjust: 'qfq' })
    expect(meta).toMatchObject({ adjust: 'qfq', anchor: '2024-01-09' })
    expect(columns(panels.close)).toEqual({ A: [5, 5.5, 12, 13], C: [30, 30, gap, gap] })
    const early = await served.db.daily.panel({ ...input, start: '2024-01-08', symbols: ['A'], adjust: 'hfq' })
    expect(columns(early.panels.close)).toEqual({ A: [24, 26] })
  })

  it('hold 64-bit integers that fit a double, and name one that does not', async () => {
    const { db, server } = served
    await writeRows(server.engine, shares, [
      ['A', '2024-01-03', 2n ** 53n + 1n],
      ['A', '2024-01-04', 2n ** 53n],
      ['A', '2024-01-08', null],
      ['A', '2024-01-09', -5n],
      ['B', '2024-01-09', 2n ** 53n + 1n],
    ])
    const wanted = { ...range, fields: ['volume'] } as const
    const { panels } = await db.shares.panel({ ...wanted, symbols: ['A'] })
    expect([...panels.volume.series('A')]).toEqual([2 ** 53, gap, gap, -5])
    await expect(db.shares.panel(wanted)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/^fields: volume of B on 2024-01-09 is 9007199254740993; expected .*2\^53/),
    })
    await expect(db.shares.panel({ ...wanted, symbols: ['A'], fill: 'previous' })).rejects.toThrow(
      /volume of A on 2024-01-03 is 9007199254740993/,
    )
  })

  it('are rows in JSON without the client', async () => {
    const answer = await served.db.trpc.daily.panel.query({ ...range, symbols: ['B'], fields: ['close'] })
    expect(answer.items).toEqual([
      ['B', '2024-01-04', 20],
      ['B', '2024-01-05', null],
      ['B', '2024-01-08', null],
      ['B', '2024-01-09', null],
    ])
  })

  it('refuse what does not fit a panel, and say why', async () => {
    const { db } = served
    await expect(db.daily.panel({ start: '2024-01-04', end: '2030-01-01', fields: ['close'] })).rejects.toMatchObject({
      code: 'OUT_OF_CALENDAR',
      message: expect.stringContaining('2024-01-10'),
    })
    await expect(db.daily.panel({ ...range, fields: [] })).rejects.toThrow(/fields: .*1 to 500/)
    await expect(db.daily.panel({ ...range, fields: ['ts_code' as 'close'] })).rejects.toThrow(
      /a numeric field of daily/,
    )
    await expect(db.daily.panel({ start: '2024-01-09', end: '2024-01-04', fields: ['close'] })).rejects.toThrow(
      /start: got "2024-01-09", which is after end/,
    )
    await writeRows(
      served.server.engine,
      tushare.daily,
      [bar('Z', '2024-01-06', 1)],
      ['ts_code', 'trade_date', 'close', 'vol'],
    )
    await expect(db.daily.panel({ ...range, fields: ['close'] })).rejects.toMatchObject({
      code: 'OUT_OF_CALENDAR',
      message: expect.stringMatching(/Z has a row on 2024-01-06, which is no trading day/),
    })
  })
})
