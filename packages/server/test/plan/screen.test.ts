import type { Tushare } from '@stockdb/contract'
import { tushare } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withoutRequest } from '../support/failure.ts'
import { type Served, serve } from '../support/serve.ts'
import { everyEngine, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

type Rows = StoredValue[][]

const stocks: Rows = [
  ['A', 'A', '1991-04-03', null],
  ['B', 'B', '1991-07-03', '2024-03-08'],
  ['C', 'C', '1990-12-10', null],
  ['D', 'D', '1998-01-22', null],
  ['E', 'E', '2024-03-11', null],
]

/** ts_code, trade_date, pe, total_mv */
const valuations: Rows = [
  ['A', '2024-03-07', 10, 2e6],
  ['B', '2024-03-07', 12, 3e6],
  ['C', '2024-03-07', 14, 5e5],
  ['A', '2024-03-08', 16, 2e6],
  ['C', '2024-03-08', 14, 1.5e6],
  // Loss-making, so pe is null.
  ['D', '2024-03-08', null, 9e6],
  ['E', '2024-03-11', 5, 1e6],
]

/** ts_code, end_date, ann_date, update_flag, roe */
const ratios: Rows = [
  ['A', '2023-09-30', '2023-10-30', '0', 8],
  ['A', '2023-12-31', '2024-03-08', '0', 11],
  ['A', '2023-12-31', '2024-03-20', '1', 1],
  ['C', '2023-12-31', '2024-03-01', '0', 20],
  ['C', '2023-12-31', '2024-03-01', '1', 21],
]

/** ts_code, end_date, report_type, ann_date, f_ann_date, update_flag, n_income */
const incomes: Rows = [
  ['A', '2023-12-31', '1', '2024-03-01', '2024-03-01', '0', 100],
  ['A', '2023-12-31', '4', '2024-03-01', '2024-03-01', '0', 400],
  ['C', '2023-12-31', '1', '2024-03-01', '2024-03-30', '0', 300],
]

/** index_code, trade_date, con_code, weight */
const weights: Rows = [
  ['I', '2024-02-29', 'A', 50],
  ['I', '2024-02-29', 'B', 50],
  ['I', '2024-03-08', 'A', 40],
  ['I', '2024-03-08', 'C', 30],
  ['I', '2024-03-08', 'GONE', 30],
]

/** ts_code, l1_code, l1_name, l2_code, l3_code, in_date, out_date */
const industries: Rows = [
  ['A', '1', 'banks', '11', '111', '2010-01-01', '2024-03-08'],
  ['A', '2', 'steel', '21', '211', '2024-03-08', null],
  // Two overlapping: the one that began last is used.
  ['C', '1', 'banks', '11', '111', '2010-01-01', null],
  ['C', '3', 'wine', '31', '311', '2020-01-01', null],
]

/** ts_code, trade_date, rzye */
const margins: Rows = [
  ['A', '2024-03-06', 1],
  ['A', '2024-03-07', 2],
  ['C', '2024-03-07', 7],
  ['C', '2024-03-08', 8],
]

describe.each(everyEngine)('a screen of $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    const { engine } = served.server
    await writeRows(engine, tushare.stock_basic, stocks, ['ts_code', 'symbol', 'list_date', 'delist_date'])
    await writeRows(engine, tushare.daily_basic, valuations, ['ts_code', 'trade_date', 'pe', 'total_mv'])
    await writeRows(engine, tushare.fina_indicator, ratios, ['ts_code', 'end_date', 'ann_date', 'update_flag', 'roe'])
    await writeRows(engine, tushare.income, incomes, [
      ...['ts_code', 'end_date', 'report_type', 'ann_date', 'f_ann_date', 'update_flag', 'n_income'],
    ])
    await writeRows(engine, tushare.index_weight, weights, ['index_code', 'trade_date', 'con_code', 'weight'])
    await writeRows(engine, tushare.index_member_all, industries, [
      ...['ts_code', 'l1_code', 'l1_name', 'l2_code', 'l3_code', 'in_date', 'out_date'],
    ])
    await writeRows(engine, tushare.margin_detail, margins, ['ts_code', 'trade_date', 'rzye'])
    await writeRows(
      engine,
      tushare.namechange,
      [
        ['A', 'ST A', '2020-01-01', '2024-03-07'],
        ['A', 'A', '2024-03-08', null],
      ],
      ['ts_code', 'name', 'start_date', 'end_date'],
    )
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  type Input = Parameters<typeof served.db.screen>[0]
  const codes = async (input: Input): Promise<string> => (await served.db.screen(input)).columns.ts_code.join(' ')
  const refusal = (input: object): Promise<string> =>
    served.db.screen(input as never).then(
      () => 'taken',
      (error: { code?: string; message: string }) => `${error.code} ${withoutRequest(error.message)}`,
    )

  describe('selects', () => {
    it('all stocks listed on the date, by code', async () => {
      expect(await codes({ date: '2024-03-07' })).toBe('A B C D')
      expect(await codes({ date: '20240308' })).toBe('A C D')
      expect(await codes({ date: '2024-03-11' })).toBe('A C D E')
      expect(await codes({ date: '1990-01-01' })).toBe('')
    })

    it('members, and reports how many have rows, in the answer or not', async () => {
      const where = { 'daily_basic.pe': { gt: 0 }, 'fina_indicator.roe': { gt: 15 } }
      const { columns, meta } = await served.db.screen({ date: '2024-03-08', where, limit: 1 })
      expect(columns.ts_code).toEqual(['C'])
      expect(meta.complete).toBe(true)
      expect(meta.coverage).toMatchObject({
        symbolsAsked: null,
        symbolsExpected: 3,
        symbolsFound: 2,
        // A has earlier ratios, D has none.
        symbolsMissing: ['D'],
        symbolsMissingCount: 1,
        datasets: [
          { dataset: 'daily_basic', expected: 3, found: 3 },
          { dataset: 'fina_indicator', expected: 3, found: 2 },
        ],
      })
      const none = { date: '2024-03-08', index: 'I', where: { 'daily_basic.pe': { gt: 1000 } } } as const
      expect((await served.db.screen(none)).meta.coverage).toMatchObject({
        symbolsExpected: 3,
        symbolsFound: 2,
        symbolsMissing: ['GONE'],
        datasets: [{ dataset: 'daily_basic', expected: 3, found: 2 }],
      })
      const symbols = ['A', 'NOBODY', 'A']
      const named = await served.db.screen({
        date: '2024-03-08',
        symbols,
        unknownSymbols: 'ignore',
        fields: ['daily_basic.pe'],
      })
      expect(named.meta.coverage).toMatchObject({ symbolsAsked: 2, symbolsExpected: 2, symbolsMissing: ['NOBODY'] })
    })

    it('the last published constituents of an index', async () => {
      expect(await codes({ date: '2024-03-07', index: 'I' })).toBe('A B')
      expect(await codes({ date: '2024-03-08', index: 'I' })).toBe('A C GONE')
      expect((await served.db.screen({ date: '2024-03-10', index: 'I' })).meta.rule).toBe(
        'constituents of the index as published last on or before the date: 2024-03-08',
      )
      expect(await refusal({ date: '2024-02-28', index: 'I' })).toBe(
        'INVALID_INPUT index: index_weight has no constituents of "I" on or before 2024-02-28; import them, or name another index',
      )
    })

    it('the named symbols, listed or not, each once', async () => {
      expect(await codes({ date: '2024-03-11', symbols: ['X', 'B', 'A', 'B'], unknownSymbols: 'ignore' })).toBe('A B X')
      expect(await codes({ date: '2024-03-11', symbols: [] })).toBe('')
      expect(await codes({ date: '2024-03-11', symbols: ['C', 'D'], index: 'I' })).toBe('C')
    })
  })

  describe('takes', () => {
    it('rows of the date, or the last ones with lookback', async () => {
      const fields = ['daily_basic.pe', 'daily_basic.trade_date'] as const
      const plain = await served.db.screen({ date: '2024-03-08', fields })
      expect(plain.rows()).toEqual([
        { ts_code: 'A', 'daily_basic.pe': 16, 'daily_basic.trade_date': '2024-03-08' },
        { ts_code: 'C', 'daily_basic.pe': 14, 'daily_basic.trade_date': '2024-03-08' },
        { ts_code: 'D', 'daily_basic.pe': Number.NaN, 'daily_basic.trade_date': '2024-03-08' },
      ])
      expect(plain.meta.rule).toBe('stocks listed on the date; daily_basic: the row of the date')
      const back = await served.db.screen({ date: '2024-03-11', fields, lookback: true })
      expect(back.columns['daily_basic.trade_date']).toEqual(['2024-03-08', '2024-03-08', '2024-03-08', '2024-03-11'])
      expect([...back.columns['daily_basic.pe']]).toEqual([16, 14, Number.NaN, 5])
      const none = await served.db.screen({ date: '2024-03-10', fields })
      expect(none.columns['daily_basic.trade_date']).toEqual([null, null, null])
      const some = await served.db.screen({ date: '2024-03-11', symbols: ['E', 'A'], fields, lookback: true })
      expect([...some.columns['daily_basic.pe']]).toEqual([16, 5])
    })

    it('statements as announced by then', async () => {
      const roe = async (date: string, more: Partial<Input> = {}) => [
        ...(await served.db.screen({ date, symbols: ['A', 'C'], fields: ['fina_indicator.roe'], ...more })).columns[
          'fina_indicator.roe'
        ],
      ]
      expect(await roe('2024-03-01')).toEqual([8, Number.NaN])
      expect(await roe('2024-03-08')).toEqual([8, 21])
      expect(await roe('2024-03-08', { sameDay: true })).toEqual([11, 21])
      expect(await roe('2024-03-20')).toEqual([11, 21])
      expect(await roe('2024-03-21')).toEqual([1, 21])
      expect(await roe('2024-03-21', { symbols: undefined, index: 'I' })).toEqual([1, 21, Number.NaN])
      const income = async (report_type: string | number | undefined, date: string) => [
        ...(await served.db.screen({ date, symbols: ['A', 'C'], fields: ['income.n_income'], report_type })).columns[
          'income.n_income'
        ],
      ]
      expect(await income(undefined, '2024-03-30')).toEqual([100, Number.NaN])
      expect(await income(undefined, '2024-03-31')).toEqual([100, 300])
      expect(await income(4, '2024-03-31')).toEqual([400, Number.NaN])
    })

    it('memberships and names in force on the date', async () => {
      const fields = ['index_member_all.l1_name', 'namechange.name'] as const
      const on = async (date: string) =>
        (await served.db.screen({ date, symbols: ['A', 'C'], fields }))
          .rows()
          .map((row) => Object.values(row).join(' '))
      expect(await on('2024-03-07')).toEqual(['A banks ST A', 'C wine '])
      expect(await on('2024-03-08')).toEqual(['A steel A', 'C wine '])
    })

    it('data published on the next morning as of the day before, never of the date itself', async () => {
      const fields = ['margin_detail.rzye', 'margin_detail.trade_date'] as const
      const on = async (date: string, more: Partial<Input> = {}) =>
        (await served.db.screen({ date, symbols: ['A', 'C'], fields, ...more }))
          .rows()
          .map((row) => [row['margin_detail.rzye'], row['margin_detail.trade_date']])
      const none = [Number.NaN, null]
      expect(await on('2024-03-06')).toEqual([none, none])
      expect(await on('2024-03-07')).toEqual([[1, '2024-03-06'], none])
      expect(await on('2024-03-08')).toEqual([
        [2, '2024-03-07'],
        [7, '2024-03-07'],
      ])
      expect(await on('2024-03-11')).toEqual([none, [8, '2024-03-08']])
      expect(await on('2024-03-11', { lookback: true })).toEqual([
        [2, '2024-03-07'],
        [8, '2024-03-08'],
      ])
      expect(await on('2024-03-08', { lookback: true })).toEqual([
        [2, '2024-03-07'],
        [7, '2024-03-07'],
      ])
      expect(await codes({ date: '2024-03-08', where: { 'margin_detail.rzye': { gt: 5 } } })).toBe('C')
      const rule = async (input: Partial<Input>) =>
        (await served.db.screen({ date: '2024-03-08', fields, ...input })).meta.rule?.split('; ')[1]
      expect(await rule({})).toBe('margin_detail: the row of its last trade_date < the date: 2024-03-07')
      expect(await rule({ date: '2024-03-06' })).toBe('margin_detail: the row of its last trade_date < the date: none')
      expect(await rule({ lookback: true })).toBe('margin_detail: the last row with trade_date < the date')
    })

    it('immutable fields of datasets that have only current values', async () => {
      const { columns } = await served.db.screen({ date: '2024-03-08', fields: ['stock_basic.list_date'] })
      expect(columns['stock_basic.list_date']).toEqual(['1991-04-03', '1990-12-10', '1998-01-22'])
    })
  })

  describe('keeps', () => {
    const on = (where: Input['where'], more: Partial<Input> = {}) => codes({ date: '2024-03-08', where, ...more })

    it('rows that meet all conditions on all datasets', async () => {
      expect(await on({ 'daily_basic.pe': { lt: 15 }, 'daily_basic.total_mv': { gt: 1e6 } })).toBe('C')
      expect(await on({ 'daily_basic.pe': { lt: 15 }, 'daily_basic.total_mv': { gt: 1e6 } }, { index: 'I' })).toBe('C')
      expect(await on({ 'daily_basic.pe': { lt: 20 }, 'fina_indicator.roe': { gte: 10 } })).toBe('C')
      expect(await on({ 'daily_basic.pe': { lt: 20 }, 'fina_indicator.roe': { gte: 10 } }, { sameDay: true })).toBe(
        'A C',
      )
    })

    it('by every operator', async () => {
      expect(await on({ 'daily_basic.pe': { eq: 14 } })).toBe('C')
      expect(await on({ 'daily_basic.pe': { ne: 14 } })).toBe('A')
      expect(await on({ 'daily_basic.pe': { gt: 14 } })).toBe('A')
      expect(await on({ 'daily_basic.pe': { gte: 14 } })).toBe('A C')
      expect(await on({ 'daily_basic.pe': { lt: 16 } })).toBe('C')
      expect(await on({ 'daily_basic.pe': { lte: 16 } })).toBe('A C')
      expect(await on({ 'daily_basic.pe': { between: [14, 16] } })).toBe('A C')
      expect(await on({ 'daily_basic.pe': { between: [16, 14] } })).toBe('')
      expect(await on({ 'daily_basic.pe': { in: [1, 16, 2] } })).toBe('A')
      expect(await on({ 'daily_basic.pe': { gt: 10, lt: 15 } })).toBe('C')
      expect(await on({ 'stock_basic.list_date': { lt: '19910101' } })).toBe('C')
      expect(await on({ 'stock_basic.list_date': { between: ['1991-01-01', '1998-01-22'] } })).toBe('A D')
      expect(await on({ 'index_member_all.l1_name': { in: ['wine', 'steel'], ne: 'wine' } })).toBe('A')
    })

    it('nulls and stocks without a row only on request', async () => {
      expect(await on({ 'daily_basic.pe': { isNull: true } })).toBe('D')
      expect(await on({ 'daily_basic.pe': { isNull: false } })).toBe('A C')
      expect(await on({ 'fina_indicator.roe': { isNull: true } })).toBe('D')
      expect(await on({ 'index_member_all.l1_name': { isNull: true } }, { date: '2024-03-07' })).toBe('B D')
    })

    it('texts byte by byte, also those with SQL', async () => {
      for (const eq of ['WINE', 'wine ', 'win%', "' or '1'='1"])
        expect(await on({ 'index_member_all.l1_name': { eq } })).toBe('')
    })

    it('the first ones in the requested order, nulls last, then by code', async () => {
      const sorted = (order: 'asc' | 'desc' | undefined, limit?: number) =>
        codes({ date: '2024-03-08', sort: [{ by: 'daily_basic.pe', order }], limit })
      expect(await sorted(undefined)).toBe('C A D')
      expect(await sorted('desc')).toBe('A C D')
      expect(await sorted('asc', 1)).toBe('C')
      expect(
        await codes({
          date: '2024-03-08',
          sort: [{ by: 'index_member_all.l1_name', order: 'desc' }, { by: 'daily_basic.pe' }],
        }),
      ).toBe('C A D')
      expect((await served.db.screen({ date: '2024-03-08', limit: 2 })).meta).toMatchObject({
        rows: 2,
        complete: false,
      })
    })
  })

  it('reports the normalised arguments and rules in meta', async () => {
    const { meta } = await served.db.screen({
      date: '20240308',
      where: { 'daily_basic.pe': { lt: 15, isNull: false }, 'fina_indicator.roe': { between: [1, 2] } },
      sort: [{ by: 'income.n_income' }],
      index: 'I',
    })
    expect(meta).toMatchObject({
      dataset: 'screen',
      asOf: '2024-03-08',
      arguments: {
        date: '2024-03-08',
        where: { 'daily_basic.pe': { lt: 15, isNull: false }, 'fina_indicator.roe': { between: [1, 2] } },
        sort: [{ by: 'income.n_income', order: 'asc' }],
        fields: [],
        index: 'I',
        report_type: '1',
        sameDay: false,
        lookback: false,
      },
    })
    expect(meta.rule?.split('; ')).toEqual([
      'constituents of the index as published last on or before the date: 2024-03-08',
      'daily_basic: the row of the date',
      'fina_indicator: newest end_date with ann_date < the date, of its versions the last by the actual day of announcement, then update_flag',
      'income: newest end_date with coalesce(f_ann_date, ann_date) < the date, of its versions the last by the actual day of announcement, then update_flag',
    ])
  })

  describe('refuses', () => {
    it.each([
      [
        'stock_basic.industry',
        "stock_basic holds today's values, which were not known on the date; use index_member_all.l1_name",
      ],
      ['stock_basic.name', 'use namechange.name'],
      ['stock_basic.delist_date', 'use no index and no symbols'],
      ['stock_basic.area', 'of stock_basic only ts_code, symbol, exchange, list_date never change'],
      ['disclosure_date.actual_date', "disclosure_date holds today's values"],
      [
        'top_list.net_amount',
        'top_list may have several rows of a stock and date, distinguished by reason; read top_list itself',
      ],
      ['dividend.cash_div', 'dividend may have several rows of a stock and date'],
      ['stk_mins.close', 'stk_mins may have several rows of a stock and date, distinguished by freq'],
      [
        'index_weight.weight',
        'index_weight has rows of indices, not of stocks; name the index in the argument "index"',
      ],
      ['trade_cal.is_open', 'trade_cal has no rows of stocks'],
      [
        'namechange.end_date',
        'end_date of a row that was in force on the date was not known then; leave it out: a screen uses the row that was in force on the date',
      ],
      ['index_member_all.out_date', 'out_date of a row that was in force on the date was not known then; leave it out'],
      ['index_member_all.is_new', "is_new holds today's value, which was not known on the date; leave it out"],
      ['index_member_all.name', "name holds today's value, which was not known on the date; use namechange.name"],
    ])('%s, which is not known as of a date, and names an alternative', async (key, why) => {
      for (const input of [{ where: { [key]: { isNull: false } } }, { fields: [key] }, { sort: [{ by: key }] }])
        expect(await refusal({ date: '2024-03-08', ...input })).toContain(`NOT_POINT_IN_TIME ${key}: `)
      expect(await refusal({ date: '2024-03-08', fields: [key] })).toContain(why)
    })

    it.each<[string, object, string]>([
      ['no date', {}, 'date: is missing'],
      [
        'an unknown dataset',
        { fields: ['dayly.close'] },
        'fields[0]: got "dayly.close"; expected a field by its dataset, one of',
      ],
      [
        'an unknown field',
        { where: { 'daily.clse': { gt: 1 } } },
        'where: got "daily.clse"; expected a field of daily: ts_code',
      ],
      ['an inherited property', { where: { 'constructor.name': { eq: 'x' } } }, 'where: got "constructor.name"'],
      ['a field with an extra part', { fields: ['daily.close.x'] }, 'fields[0]: got "daily.close.x"'],
      ['an unknown operator', { where: { 'daily.close': { like: 1 } } }, 'where.daily.close: got the operator "like"'],
      [
        'an order comparison of texts',
        { where: { 'namechange.name': { gt: 'A' } } },
        'where.namechange.name: got the operator "gt"; expected conditions, some of eq, ne, in, isNull',
      ],
      [
        'a text for a number',
        { where: { 'daily.close': { gt: '1' } } },
        'where.daily.close: gt: got "1"; expected a number',
      ],
      ['half of between', { where: { 'daily.close': { between: [1] } } }, 'between: got [1]; expected a list of two'],
      ['an empty list', { where: { 'daily.close': { in: [] } } }, 'in: got []; expected a list of 1 to 1000'],
      ['no condition', { where: { 'daily.close': {} } }, 'where.daily.close: got {}; expected conditions'],
      ['an unknown order', { sort: [{ by: 'daily.close', order: 'up' }] }, 'sort[0].order: got "up"'],
      ['an unknown argument', { indices: ['I'] }, 'unknown argument "indices"'],
      [
        'more than 50 conditions',
        {
          where: Object.fromEntries(
            ['open', 'high', 'low', 'close', 'vol', 'amount', 'change', 'pct_chg', 'pre_close'].map((name) => [
              `daily.${name}`,
              { eq: 1, ne: 1, gt: 1, gte: 1, lt: 1, lte: 1 },
            ]),
          ),
        },
        'a screen has at most 50 conditions',
      ],
      [
        'more than 8 datasets',
        {
          fields: [
            'daily.close',
            'weekly.close',
            'monthly.close',
            'daily_basic.pe',
            'adj_factor.adj_factor',
            'income.n_income',
            'cashflow.n_cashflow_act',
            'moneyflow.net_mf_vol',
            'fina_indicator.roe',
          ],
        },
        'got fields of 9 datasets; a screen takes 8',
      ],
    ])('%s', async (_, input, message) => {
      const said = await refusal(Object.keys(input).length === 0 ? {} : { date: '2024-03-08', ...input })
      expect(said).toContain('INVALID_INPUT')
      expect(said).toContain(message)
    })
  })
})
