// Every part of the client once, over the whole catalogue: the worst case for an editor.
import {
  connect,
  defineCatalogue,
  defineDataset,
  InvalidInputError,
  MissingFactorError,
  StockdbError,
  tushare,
  UnavailableError,
} from '@stockdb/client'
import { bool, date, datetime, float64, int32, int64, symbol, text } from '@stockdb/contract'

const db = await connect('http://127.0.0.1:7788', { token: 'secret', timeoutMs: 10_000, retries: 1 })

const bars = await db.daily.range({
  symbols: ['600519.SH'],
  start: '2020-01-01',
  fields: ['close', 'vol'],
  adjust: 'qfq',
})
const closes: Float64Array = bars.columns.close
const row = bars.rows()[0]
const panel = bars.pivot('close')
console.log(
  closes.length,
  row?.trade_date,
  panel.at('2020-01-02', '600519.SH'),
  bars.toArrow().numRows,
  bars.meta.anchor,
)
for await (const batch of db.daily.stream({ start: '2010-01-01', fields: ['amount'] }))
  console.log(batch.columns.amount)
const cross = await db.daily_basic.at({ date: '2024-01-02', lookback: true, fields: ['pe', 'pb', 'total_mv'] })
const last = await db.adj_factor.latest({ n: 5, end: '2024-01-02' })
const stocks = await db.stock_basic.list({ where: { list_status: ['L', 'D'], delist_date: null }, fields: ['name'] })
console.log(cross.columns.pe, last.columns.adj_factor, stocks.rows()[0]?.name)

const weekly = await db.weekly.range({ fields: ['open', 'high', 'low', 'close'] })
const monthly = await db.monthly.latest({ n: 12 })
const minutes = await db.stk_mins.range({ symbols: ['600519.SH'], freq: '5min', fields: ['close'] })
const limits = await db.stk_limit.at({ date: '2024-01-02' })
const moneyflow = await db.moneyflow.range({ start: '2024-01-01', fields: ['net_mf_amount'] })
const indices = await db.index_daily.range({ symbols: ['000300.SH'] })
const funds = await db.fund_daily.range({ symbols: ['510300.SH'], adjust: 'hfq' })
console.log(weekly.rows()[0], monthly.rows()[0], minutes.rows()[0], limits.rows()[0], moneyflow.columns.net_mf_amount)
console.log(indices.rows()[0]?.close, funds.rows()[0]?.close)

const income = await db.income.asOf({ date: '2024-06-28', symbols: ['600519.SH'], fields: ['n_income', 'revenue'] })
const balance = await db.balancesheet.asOf({ date: '2024-06-28', fields: ['total_assets'] })
const cash = await db.cashflow.asOf({ date: '2024-06-28' })
const indicators = await db.fina_indicator.asOf({ date: '2024-06-28', fields: ['roe'] })
const members = await db.index_weight.asOf({ date: '2024-06-28', symbols: ['000300.SH'] })
console.log(
  income.columns.n_income,
  balance.columns.total_assets,
  cash.rows()[0],
  indicators.columns.roe,
  members.numRows,
)

const session = await db.calendar.offset({ date: '2024-01-02', n: -20 })
const info = await db.meta.info()
const coverage = await db.meta.datasets()
const health = await db.ops.health()
console.log(session, info.version, coverage[0]?.coverage?.rows, health.status)
console.log(await db.trpc.daily.range.query({ fields: ['close'], adjust: 'hfq' }))

const ranked = db.query
  .with('big', (query) =>
    query.selectFrom('daily_basic').select(['ts_code', 'trade_date', 'total_mv']).where('total_mv', '>', 1e7),
  )
  .selectFrom('big')
  .innerJoin('daily', (join) =>
    join.onRef('daily.ts_code', '=', 'big.ts_code').onRef('daily.trade_date', '=', 'big.trade_date'),
  )
  .leftJoin('stock_basic', 'stock_basic.ts_code', 'big.ts_code')
  .select(({ fn }) => [
    'big.ts_code',
    'stock_basic.name',
    'daily.close',
    fn
      .avg('daily.close')
      .over((over) => over.partitionBy('big.ts_code').orderBy('daily.trade_date'))
      .as('mean'),
  ])
  .where('daily.trade_date', '>=', '2024-01-01')
  .orderBy('daily.close', 'desc')
  .limit(100)
const first = await ranked.executeTakeFirst()
const frame = await db.frame(ranked)
console.log(first?.mean, frame.columns.close)

const catalogue = defineCatalogue({
  ...tushare,
  my_alpha: defineDataset({
    name: 'my_alpha',
    description: 'A factor of my own',
    fields: {
      ts_code: symbol.required('Code'),
      trade_date: date.required('Day'),
      alpha: float64('The factor'),
      rank: int32('Its rank'),
      lots: int64('Lots'),
      held: bool('Whether it is held'),
      note: text('A note'),
      written: datetime('When it was written'),
    },
    key: ['ts_code', 'trade_date'],
    symbol: 'ts_code',
    date: 'trade_date',
  }),
})
const own = await connect<typeof catalogue>('http://127.0.0.1:7788')
const alpha = await own.my_alpha.range({ fields: ['alpha', 'rank', 'lots', 'held', 'note', 'written'] })
const mixed = await own.query
  .selectFrom('my_alpha')
  .innerJoin('daily', 'daily.ts_code', 'my_alpha.ts_code')
  .select(['my_alpha.alpha', 'daily.close'])
  .execute()
console.log(alpha.columns.lots, mixed[0]?.close)

try {
  await own.daily.at({ date: '2024-01-02', adjust: 'hfq' })
} catch (error) {
  if (error instanceof MissingFactorError || error instanceof InvalidInputError) console.error(error.message)
  else if (error instanceof UnavailableError) console.error('come back later')
  else if (error instanceof StockdbError) console.error(error.code, error.requestId)
  else throw error
}
