import { type Client, defineCatalogue, defineDataset, type Tushare } from '@stockdb/client'
import { date, float64, symbol, text } from '@stockdb/contract'
import { describe, expectTypeOf, it } from 'vitest'

declare const db: Client<Tushare>

describe('asOf', () => {
  it('exists on datasets with announcements, publications or intervals', () => {
    expectTypeOf<keyof typeof db.income>().toEqualTypeOf<
      'delete' | 'upsert' | 'watch' | 'tail' | 'range' | 'at' | 'latest' | 'stream' | 'asOf'
    >()
    expectTypeOf<keyof typeof db.index_weight>().toEqualTypeOf<
      'delete' | 'upsert' | 'watch' | 'tail' | 'range' | 'at' | 'latest' | 'stream' | 'asOf'
    >()
    expectTypeOf<keyof typeof db.namechange>().toEqualTypeOf<'delete' | 'upsert' | 'watch' | 'tail' | 'list' | 'asOf'>()
    // @ts-expect-error: a bar is known at the end of its day
    db.daily.asOf({ date: '2024-01-02' })
    // @ts-expect-error: neither is what is published on the morning after it
    db.margin_detail.asOf({ date: '2024-01-02' })
    // @ts-expect-error: only the current state is stored
    db.stock_basic.asOf({ date: '2024-01-02' })
  })

  it('returns symbol, period and the requested fields', async () => {
    const frame = await db.income.asOf({ date: '2024-01-02', fields: ['n_income', 'ann_date'] })
    expectTypeOf<keyof typeof frame.columns>().toEqualTypeOf<'ts_code' | 'end_date' | 'n_income' | 'ann_date'>()
    expectTypeOf(frame.columns.n_income).toEqualTypeOf<Float64Array>()
    expectTypeOf(frame.columns.ann_date).toEqualTypeOf<(string | null)[]>()
    // @ts-expect-error: not requested
    frame.columns.revenue
    const members = await db.index_member_all.asOf({ date: '2024-01-02', fields: ['l1_name'] })
    expectTypeOf<keyof typeof members.columns>().toEqualTypeOf<'ts_code' | 'l3_code' | 'in_date' | 'l1_name'>()
  })

  it("takes only the arguments of the dataset's rule", () => {
    db.income.asOf({ date: '20240102', symbols: ['600519.SH'], periods: 4, report_type: 4, sameDay: true })
    db.fina_indicator.asOf({ date: '20240102', periods: 4, sameDay: true })
    // @ts-expect-error: ratios have no report type
    db.fina_indicator.asOf({ date: '20240102', report_type: '1' })
    // @ts-expect-error: nothing is announced
    db.index_weight.asOf({ date: '20240102', sameDay: true })
    // @ts-expect-error: there are no periods
    db.namechange.asOf({ date: '20240102', periods: 2 })
    // @ts-expect-error: no date
    db.income.asOf({ symbols: ['600519.SH'] })
    // @ts-expect-error: no such field
    db.income.asOf({ date: '20240102', fields: ['net_income'] })
    // @ts-expect-error: plain tRPC is as strict
    db.trpc.fina_indicator.asOf.query({ date: '20240102', report_type: '1' })
  })

  it('takes symbols only where the dataset has some, and returns the period even where it is not the date', async () => {
    const catalogue = defineCatalogue({
      rates: defineDataset({
        name: 'rates',
        description: 'Rates that hold for a time',
        fields: { since: date.required('First day'), until: date('Last day'), rate: float64('Rate') },
        key: ['since'],
        pointInTime: { kind: 'interval', from: 'since', to: 'until', endInclusive: true },
      }),
      plans: defineDataset({
        name: 'plans',
        description: 'Plans by the day on which they were announced',
        fields: {
          code: symbol.required('Code'),
          told: date.required('Day'),
          period: date('Period'),
          plan: text('Plan'),
        },
        key: ['code', 'told'],
        symbol: 'code',
        date: 'told',
        pointInTime: { kind: 'announced', period: 'period', announced: 'told' },
      }),
    })
    const own = db as unknown as Client<typeof catalogue>
    own.rates.asOf({ date: '20240102', fields: ['rate'] })
    // @ts-expect-error: it has no symbols
    own.rates.asOf({ date: '20240102', symbols: ['A'] })
    const plans = await own.plans.asOf({ date: '20240102', fields: [] })
    expectTypeOf<keyof typeof plans.columns>().toEqualTypeOf<'code' | 'told' | 'period'>()
  })
})

describe('instruments', () => {
  it('list returns code, name, status and the fields that never change, or the requested ones', async () => {
    const plain = await db.instruments.list({ asOf: '2024-01-02' })
    expectTypeOf<keyof typeof plain.columns>().toEqualTypeOf<
      'ts_code' | 'name' | 'name_source' | 'is_st' | 'symbol' | 'exchange' | 'list_date'
    >()
    const asked = await db.instruments.list({ asOf: '2024-01-02', fields: ['industry'], limit: 10 })
    expectTypeOf<keyof typeof asked.columns>().toEqualTypeOf<
      'ts_code' | 'name' | 'name_source' | 'is_st' | 'industry'
    >()
    expectTypeOf(asked.columns.is_st).toEqualTypeOf<(boolean | null)[]>()
    expectTypeOf(asked.columns.name_source).toEqualTypeOf<string[]>()
    db.instruments.list()
    db.instruments.list({})
    // @ts-expect-error: no such field
    db.instruments.list({ asOf: '2024-01-02', fields: ['sector'] })
  })

  it('search returns the matches and which field matched', async () => {
    const { columns } = await db.instruments.search({ text: '平安', asOf: '2024-01-02', limit: 5 })
    expectTypeOf<keyof typeof columns>().toEqualTypeOf<
      'ts_code' | 'name' | 'name_source' | 'is_st' | 'match' | 'former_name'
    >()
    // @ts-expect-error: no text
    db.instruments.search({ limit: 5 })
    // @ts-expect-error: misspelt
    db.instruments.search({ txt: '平安' })
  })
})

describe('screen', () => {
  it('returns the code and the requested fields under the requested names', async () => {
    const { columns } = await db.screen({
      date: '2024-01-02',
      where: {
        'daily_basic.pe': { lt: 15, gte: 0 },
        'daily_basic.total_mv': { gt: 1e6 },
        'index_member_all.l1_name': { in: ['银行', '煤炭'], ne: '银行' },
        'stock_basic.list_date': { between: ['2000-01-01', '2010-12-31'] },
        'fina_indicator.roe': { isNull: false },
      },
      fields: ['daily_basic.pe', 'index_member_all.l1_name', 'fina_indicator.end_date'],
      sort: [{ by: 'daily_basic.pe' }, { by: 'income.n_income', order: 'desc' }],
      index: '000300.SH',
      limit: 10,
    })
    expectTypeOf<keyof typeof columns>().toEqualTypeOf<
      'ts_code' | 'daily_basic.pe' | 'index_member_all.l1_name' | 'fina_indicator.end_date'
    >()
    expectTypeOf(columns.ts_code).toEqualTypeOf<string[]>()
    expectTypeOf(columns['daily_basic.pe']).toEqualTypeOf<Float64Array>()
    // Never null in its dataset, but a stock may have no row.
    expectTypeOf(columns['fina_indicator.end_date']).toEqualTypeOf<(string | null)[]>()
    // @ts-expect-error: a condition, but not requested
    columns['daily_basic.total_mv']
    const bare = await db.screen({ date: '2024-01-02' })
    expectTypeOf<keyof typeof bare.columns>().toEqualTypeOf<'ts_code'>()
  })

  it('takes only fields that exist and are known as of a date', () => {
    const date = '2024-01-02'
    // @ts-expect-error: no date
    db.screen({ where: { 'daily_basic.pe': { lt: 15 } } })
    // @ts-expect-error: no such field
    db.screen({ date, where: { 'daily_basic.p': { lt: 15 } } })
    // @ts-expect-error: no such dataset
    db.screen({ date, fields: ['dayly.close'] })
    // @ts-expect-error: no dataset named
    db.screen({ date, sort: [{ by: 'pe' }] })
    // @ts-expect-error: the industry is current only
    db.screen({ date, fields: ['stock_basic.industry'] })
    // @ts-expect-error: the end of a current row lies in the future
    db.screen({ date, where: { 'namechange.end_date': { lte: '2024-06-30' } } })
    // @ts-expect-error: the industry is current only
    db.screen({ date, sort: [{ by: 'index_member_all.is_new' }] })
    db.screen({ date, fields: ['namechange.start_date', 'index_member_all.in_date', 'margin_detail.rzye'] })
    // @ts-expect-error: rows of indices
    db.screen({ date, fields: ['index_weight.weight'] })
  })

  it("takes only operators and values that fit the field's type", () => {
    const date = '2024-01-02'
    // @ts-expect-error: no such operator
    db.screen({ date, where: { 'daily_basic.pe': { like: 15 } } })
    // @ts-expect-error: expects a number
    db.screen({ date, where: { 'daily_basic.pe': { lt: '15' } } })
    // @ts-expect-error: expects two numbers
    db.screen({ date, where: { 'daily_basic.pe': { between: [1] } } })
    // @ts-expect-error: text fields have no order
    db.screen({ date, where: { 'namechange.name': { gt: 'A' } } })
    // @ts-expect-error: a date is text
    db.screen({ date, where: { 'stock_basic.list_date': { gt: 20000101 } } })
    // @ts-expect-error: no such order
    db.screen({ date, sort: [{ by: 'daily_basic.pe', order: 'up' }] })
    // @ts-expect-error: one index
    db.screen({ date, index: ['000300.SH'] })
    // @ts-expect-error: plain tRPC is as strict
    db.trpc.screen.query({ date, where: { 'daily_basic.pe': { lt: '15' } } })
  })
})
