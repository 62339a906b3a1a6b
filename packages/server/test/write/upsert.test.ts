import { type Client, connect, type Tushare } from '@stockdb/client'
import { tableFromArrays, tableToIPC } from '@uwdata/flechette'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { everyEngine, type Store } from '../support/stores.ts'

const factor = (ts_code: string, trade_date: string, adj_factor: number | null) => ({ ts_code, trade_date, adj_factor })
const bar = (trade_date: string, close: number) => ({
  ...{ ts_code: '600519.SH', trade_date, open: close, high: close + 1, low: close - 1, close, pre_close: close },
  ...{ change: 0, pct_chg: 0, vol: 100, amount: 1_000 },
})

describe.each(everyEngine)('upsert on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  let db: Client<Tushare>

  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    db = await connect(served.server.url)
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })
  beforeEach(async () => {
    await db.adj_factor.delete({ all: true })
    await db.daily.delete({ all: true })
  })

  const factors = async () => (await db.adj_factor.range()).rows()
  const post = (path: string, body: BodyInit, headers: Record<string, string> = {}) =>
    fetch(`${served.server.url}/trpc/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })

  it('inserts rows, changes those that differ, and counts exactly', async () => {
    const rows = [factor('000001.SZ', '2024-01-02', 1), factor('000001.SZ', '2024-01-03', 2)]
    const first = await db.adj_factor.upsert(rows)
    expect(first).toEqual({ inserted: 2, changed: 0, unchanged: 0, sequence: expect.any(Number) })
    const later = [
      rows[0] as (typeof rows)[0],
      factor('000001.SZ', '2024-01-03', 3),
      factor('000002.SZ', '20240103', 4),
    ]
    const second = await db.adj_factor.upsert(later)
    expect(second).toEqual({ inserted: 1, changed: 1, unchanged: 1, sequence: first.sequence + 1 })
    expect(await factors()).toEqual([
      factor('000001.SZ', '2024-01-02', 1),
      factor('000001.SZ', '2024-01-03', 3),
      factor('000002.SZ', '2024-01-03', 4),
    ])
  })

  it('takes columns, a frame that was read, an Arrow table and batches of them', async () => {
    const dates = ['2024-01-02', '2024-01-03']
    const columns = { ts_code: ['A', 'A'], trade_date: dates, adj_factor: new Float64Array([1, Number.NaN]) }
    await expect(db.adj_factor.upsert(columns)).resolves.toMatchObject({ inserted: 2 })
    const frame = await db.adj_factor.range()
    await expect(db.adj_factor.upsert(frame)).resolves.toMatchObject({ unchanged: 2 })
    await expect(db.adj_factor.upsert(frame.toArrow())).resolves.toMatchObject({ unchanged: 2 })
    const batches = async function* () {
      yield [factor('B', '2024-01-02', null)]
      yield [factor('B', '2024-01-03', 5)]
      yield frame
    }
    await expect(db.adj_factor.upsert(batches)).resolves.toMatchObject({ inserted: 2, unchanged: 2 })
    await expect(db.adj_factor.upsert([])).resolves.toMatchObject({ inserted: 0, changed: 0, unchanged: 0 })
    expect((await factors()).map(({ adj_factor }) => adj_factor)).toEqual([1, Number.NaN, Number.NaN, 5])
  })

  it('takes JSON and any Arrow stream over plain HTTP', async () => {
    const json = { fields: ['ts_code', 'trade_date', 'adj_factor'], items: [['A', '20240102', 1.5]] }
    const answer = await (await post('adj_factor.upsert', JSON.stringify(json))).json()
    expect(answer).toMatchObject({ result: { data: { inserted: 1, changed: 0, unchanged: 0 } } })
    const table = tableFromArrays({
      ts_code: ['A', 'B'],
      trade_date: [new Date('2024-01-02'), new Date('2024-01-03')],
      adj_factor: [1.5, 2],
    })
    const bytes = tableToIPC(table, { format: 'stream' }) as Uint8Array<ArrayBuffer>
    const arrow = { 'content-type': 'application/vnd.apache.arrow.stream' }
    expect(await (await post('adj_factor.upsert', bytes, arrow)).json()).toMatchObject({
      result: { data: { inserted: 1, changed: 0, unchanged: 1 } },
    })
    const refused = await post('adj_factor.upsert?input={"mode":"insert"}', bytes, arrow)
    expect(refused.status).toBe(409)
    const cut = await post('adj_factor.upsert', bytes.slice(0, -8), arrow)
    expect([cut.status, await cut.text()]).toEqual([400, expect.stringContaining('end-of-stream marker')])
  })

  it('names up to 20 bad rows by number, field, value and expectation, and writes nothing', async () => {
    const rows = [
      factor('A', '2024-01-02', 1),
      factor('A', '2024-02-30', 1),
      factor('A', '2024-01-03', Number.POSITIVE_INFINITY),
      factor('A', '2024-01-04', -1),
      factor('with space', '2024-01-04', 1),
      factor('A', '2024-01-02', 2),
    ]
    const error = await db.adj_factor.upsert(rows).catch((error: Error) => error)
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/^nothing was written: row 2 /),
    })
    for (const part of [
      'trade_date: got "2024-02-30"; expected a date',
      'adj_factor: got Infinity; expected a number',
      'adj_factor: got -1; expected more than 0',
      'row 5 (items[4]): ts_code: got "with space"; expected a code',
      'row 6 (items[5]): ts_code, trade_date: got the key of row 1 again',
    ])
      expect((error as Error).message).toContain(part)
    const many = Array.from({ length: 50 }, () => factor('', '2024-01-02', 1))
    const all = (await db.adj_factor.upsert(many).catch((error: Error) => error)) as Error
    expect([all.message.match(/row \d+ \(/g)?.length, all.message]).toEqual([20, expect.stringContaining('first 20')])
    expect(await factors()).toEqual([])
    await expect(db.daily.upsert([{ ...bar('2024-01-02', 10), high: 8 }])).rejects.toMatchObject({
      message: expect.stringContaining('high: got 8; expected at least low, which is 9'),
    })
  })

  it('leaves other columns of a row alone that exists', async () => {
    await db.daily.upsert([bar('2024-01-02', 10)])
    const partly = await db.daily.upsert([
      { ts_code: '600519.SH', trade_date: '2024-01-02', close: 10.5 },
      { ts_code: '600519.SH', trade_date: '2024-01-03', close: 11 },
    ])
    expect(partly).toMatchObject({ inserted: 1, changed: 1, unchanged: 0 })
    const { columns } = await db.daily.range({ fields: ['open', 'close'] })
    expect([[...columns.open], [...columns.close]]).toEqual([
      [10, Number.NaN],
      [10.5, 11],
    ])
    await expect(db.daily.upsert([{ ts_code: 'A', close: 1 }] as never)).rejects.toMatchObject({
      message: expect.stringContaining('without trade_date'),
    })
  })

  it('refuses rows that exist in mode insert, and names them', async () => {
    await db.adj_factor.upsert([factor('A', '2024-01-03', 1)])
    const rows = [factor('A', '2024-01-02', 1), factor('A', '2024-01-03', 2)]
    await expect(db.adj_factor.upsert(rows, { mode: 'insert' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('row 2 (items[1]): ts_code "A", trade_date "2024-01-03"'),
    })
    expect(await factors()).toEqual([factor('A', '2024-01-03', 1)])
  })

  it('writes once under a key, answers a repeat with the first result, and refuses another body', async () => {
    const rows = [factor('A', '2024-01-02', 1)]
    const options = { idempotencyKey: `key of ${store.address.length}`.replaceAll(' ', '-') }
    const first = await db.adj_factor.upsert(rows, options)
    await db.adj_factor.upsert([factor('A', '2024-01-02', 9)])
    expect(await db.adj_factor.upsert(rows, options)).toEqual(first)
    expect((await factors())[0]?.adj_factor).toBe(9)
    await expect(db.adj_factor.upsert([factor('A', '2024-01-02', 2)], options)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('under which something else was written'),
    })
    const together = { idempotencyKey: `${options.idempotencyKey}-2` }
    const all = await Promise.all(
      Array.from({ length: 4 }, () => db.adj_factor.upsert([factor('B', '2024-01-02', 1)], together)),
    )
    expect(all.map(({ inserted, sequence }) => [inserted, sequence])).toEqual(
      Array.from({ length: 4 }, () => [1, all[0]?.sequence]),
    )
  })

  it('refuses adjusted prices', async () => {
    await db.adj_factor.upsert([factor('600519.SH', '2024-01-02', 2)])
    await db.daily.upsert([bar('2024-01-02', 10)])
    const adjusted = await db.daily.range({ adjust: 'hfq' })
    await expect(db.daily.upsert(adjusted)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: /adjusted \(hfq\)/,
    })
    const body = JSON.stringify({ ...(await db.trpc.daily.range.query({ adjust: 'hfq' })) })
    const refused = await post('daily.upsert', body)
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('adjusted (hfq)')])
  })

  it('deletes by symbols and dates, and counts first', async () => {
    await db.adj_factor.upsert(
      ['A', 'B'].flatMap((code) => [factor(code, '2024-01-02', 1), factor(code, '2024-01-03', 1)]),
    )
    const wanted = { symbols: ['A'], start: '2024-01-03' }
    expect(await db.adj_factor.delete({ ...wanted, dryRun: true })).toMatchObject({ deleted: 1 })
    expect(await factors()).toHaveLength(4)
    expect(await db.adj_factor.delete(wanted)).toMatchObject({ deleted: 1 })
    expect(await db.adj_factor.delete({ end: '2024-01-02' })).toMatchObject({ deleted: 2 })
    expect(await factors()).toEqual([factor('B', '2024-01-03', 1)])
    for (const input of [{}, { all: false }, { all: true, symbols: ['A'] }])
      await expect(db.adj_factor.delete(input)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(await db.adj_factor.delete({ all: true })).toMatchObject({ deleted: 1 })
  })
})
