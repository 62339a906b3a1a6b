import { type Tushare, tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askJson } from '../support/ask-json.ts'
import { withoutRequest } from '../support/failure.ts'
import { type Served, serve } from '../support/serve.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

describe.each(enginesOfRun)('non-finite numbers in answers from $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>

  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    const { engine } = served.server
    const rows = [
      ['NEW', '2024-01-02', 10, 0, 10, 1, 1, 1e308],
      ['NEW', '2024-01-03', 11, 10, 1, 10, 1, 1e308],
      ['HUGE', '2024-01-02', 1e308, 1, 1, 1, 1, 1],
      ['ZERO', '2024-01-02', 10, 9, 1, 1, 1, 1],
    ]
    const fields = ['ts_code', 'trade_date', 'close', 'pre_close', 'change', 'pct_chg', 'vol', 'amount']
    await writeRows(engine, tushare.daily, rows, fields)
    await writeRows(
      engine,
      tushare.adj_factor,
      [
        ['NEW', 2],
        ['HUGE', 100],
        ['ZERO', 0],
      ].map(([code, factor]) => [code as string, '2024-01-02', factor as number]),
    )
    await writeRows(
      engine,
      tushare.trade_cal,
      ['2024-01-02', '2024-01-03'].map((day) => ['SSE', day, true, null]),
    )
  })
  afterAll(async () => {
    await served.close()
    await store.drop()
  })

  /** The answer in JSON and in Arrow, which must agree, or the message of their error. */
  async function both(procedure: 'range' | 'at', input: object): Promise<unknown> {
    const asked = { ...input, symbols: undefined, ...input }
    const json = askJson(served.server.url, `daily.${procedure}`, asked).then(
      ({ items }) => items.map((row) => row.slice(2)),
      ({ message }: Error) => withoutRequest(message),
    )
    const arrow = (
      served.db.daily[procedure] as unknown as (input: object) => ReturnType<typeof served.db.daily.range>
    )(asked).then(
      (frame) =>
        frame.rows().map((row) =>
          Object.values(row)
            .slice(2)
            .map((value) => (Number.isNaN(value) ? null : value)),
        ),
      ({ message }: Error) => withoutRequest(message),
    )
    const [first, second] = await Promise.all([json, arrow])
    expect(second).toEqual(first)
    return first
  }

  it('are null if a change is divided by a previous close of 0', async () => {
    const asked = { symbols: ['NEW'], fields: ['pct_chg', 'change'], end: '2024-01-02' }
    for (const adjust of ['hfq', 'qfq']) {
      expect(await both('range', { ...asked, adjust })).toEqual([[null, adjust === 'hfq' ? 20 : 10]])
      expect(await both('at', { ...asked, end: undefined, date: '2024-01-02', adjust })).toEqual([
        [null, adjust === 'hfq' ? 20 : 10],
      ])
    }
    expect(await both('range', { ...asked, freq: 'month' })).toEqual([[null, 10]])
  })

  it('are an error if a factor is not above 0, or a price or a sum overflows', async () => {
    const close = { fields: ['close'], adjust: 'hfq' }
    for (const adjust of ['hfq', 'qfq'])
      expect(await both('range', { ...close, adjust, symbols: ['ZERO'] })).toMatch(/adj_factor.*ZERO.*0/)
    expect(await both('range', { ...close, symbols: ['HUGE'] })).toContain(
      'close: a value computed from the stored numbers is beyond',
    )
    const sum = { symbols: ['NEW'], fields: ['amount'], freq: 'month' }
    expect(await both('range', sum)).toContain('amount: a value computed from the stored numbers is beyond')
    const panel = { start: '2024-01-02', end: '2024-01-03', symbols: ['HUGE'], ...close } as const
    await expect(served.db.daily.panel({ ...panel, fields: ['close'], adjust: 'hfq' })).rejects.toThrow(
      'close: a value computed',
    )
  })
})
