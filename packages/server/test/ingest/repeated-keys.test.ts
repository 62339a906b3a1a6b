import { type Dataset, type Tushare, tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ImportOptions, importFile } from '../../src/ingest/import-file.ts'
import { fileOf } from '../support/bar-file.ts'
import { type Served, serve } from '../support/serve.ts'
import { oneOfEachEngine, type Store } from '../support/stores.ts'

describe.each(oneOfEachEngine)('rows of a file with the same key, imported into $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const load = (dataset: Dataset, lines: readonly string[], options: Partial<ImportOptions> = {}): Promise<number> =>
    importFile(served.server.engine, fileOf(lines.join('\n')), {
      dataset,
      ignoreUnknown: false,
      signal: new AbortController().signal,
      onProgress: () => {},
      ...options,
    }).then(({ rows }) => rows)
  const roesOf = async (code: string): Promise<number[]> => {
    const { columns } = await served.db.fina_indicator.range({
      symbols: [code],
      unknownSymbols: 'ignore',
      fields: ['roe'],
    })
    return [...columns.roe]
  }

  const head = 'ts_code,end_date,ann_date,roe,eps'

  it('are refused if they differ, naming both lines, the key and the difference; nothing is imported', async () => {
    const lines = [
      head,
      'REFUSED,20230331,20230426,9,1',
      'OTHER,20230331,20230426,9,1',
      'REFUSED,20230331,20230426,10,',
    ]
    await expect(load(tushare.fina_indicator, lines)).rejects.toThrow(
      'bars.csv, line 4: it has the key of line 2 (ts_code REFUSED, end_date 2023-03-31, ann_date 2023-04-26, update_flag null) and other values: eps 1 there and null here, roe 9 there and 10 here; --on-duplicate keep-first or keep-last chooses one',
    )
    expect(await roesOf('OTHER')).toEqual([])
  })

  it('are accepted if they are equal', async () => {
    const line = 'SAME,20230331,20230426,9,1'
    expect(await load(tushare.fina_indicator, [head, line, line])).toBe(2)
    expect(await roesOf('SAME')).toEqual([9])
  })

  it.each([
    ['keep-first', 2, 9],
    ['keep-last', 2, 10],
  ] as const)('give way to each other as %s says', async (onDuplicate, rows, roe) => {
    const lines = [head, `${onDuplicate},20230331,20230426,9,1`, `${onDuplicate},20230331,20230426,10,1`]
    expect(await load(tushare.fina_indicator, lines, { onDuplicate })).toBe(rows)
    expect(await roesOf(onDuplicate)).toEqual([roe])
  })

  it('are two rows if a part of the key differs, even if it is null', async () => {
    const lines = [
      `${head},update_flag`,
      'FACTS,20230331,20230426,9,1,0',
      'FACTS,20230331,20230426,10,1,1',
      'FACTS,20230331,,11,1,1',
    ]
    expect(await load(tushare.fina_indicator, lines)).toBe(3)
    expect((await roesOf('FACTS')).sort((a, b) => a - b)).toEqual([9, 10, 11])
  })

  it('are distinguished only by the amount for two dividends at once', async () => {
    const lines = ['ts_code,ex_date,cash_div', 'TWOFOLD,20180607,1', 'TWOFOLD,20180607,0.2', 'TWOFOLD,,0.2']
    for (let time = 0; time < 2; time++) expect(await load(tushare.dividend, lines)).toBe(3)
    const { columns } = await served.db.dividend.list({
      symbols: ['TWOFOLD'],
      unknownSymbols: 'ignore',
      fields: ['cash_div'],
    })
    expect([...columns.cash_div].sort()).toEqual([0.2, 0.2, 1])
  })

  it('replace each other if they are bars', async () => {
    const lines = ['ts_code,trade_date,close', 'CORRECTED,20240102,1', 'CORRECTED,20240102,2']
    expect(await load(tushare.daily, lines)).toBe(2)
    expect([...(await served.db.daily.range({ symbols: ['CORRECTED'] })).columns.close]).toEqual([2])
  })

  it('take a field from the command if the file has no column for it', async () => {
    const lines = ['ts_code,trade_time,close', 'MINUTES,2024-01-02 09:31:00,1']
    await expect(load(tushare.stk_mins, lines)).rejects.toThrow(/no column "freq"/)
    expect(await load(tushare.stk_mins, lines, { constants: new Map([['freq', '1min']]) })).toBe(1)
    const frame = await served.db.stk_mins.range({ symbols: ['MINUTES'], freq: '1min', fields: ['freq', 'close'] })
    expect(frame.rows()).toEqual([{ ts_code: 'MINUTES', trade_time: '2024-01-02 09:31:00', freq: '1min', close: 1 }])
    await expect(load(tushare.stk_mins, lines, { constants: new Map([['frequency', '1min']]) })).rejects.toThrow(
      /no field "frequency" to set/,
    )
    await expect(
      load(tushare.stk_mins, lines, {
        constants: new Map([
          ['freq', '1min'],
          ['close', '1'],
        ]),
      }),
    ).rejects.toThrow(/the field "close" is set, but the file has a column for it/)
  })
})
