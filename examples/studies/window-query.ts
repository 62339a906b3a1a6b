// A query with window functions, written with Kysely and run in the server's database: the returns on the day after the
// worst days of each stock. Only rows of the answer leave the database, and the same query runs on MySQL and SQLite.
//
//   npx tsx examples/studies/window-query.ts [http://127.0.0.1:7788]
import { connectToServer } from '../lib/connection.ts'
import { fixed, formatTable } from '../lib/table.ts'

const WORST = 5

const db = await connectToServer()

const fallen = await db.query
  .with('days', (qb) =>
    qb.selectFrom('daily').select((eb) => [
      'ts_code',
      'trade_date',
      'pct_chg',
      // The next day, and the rank of the day among all days of the stock, worst first.
      eb.fn
        .agg<number | null>('lead', ['pct_chg'])
        .over((over) => over.partitionBy('ts_code').orderBy('trade_date'))
        .as('day_after'),
      eb.fn
        .agg<number>('row_number')
        .over((over) => over.partitionBy('ts_code').orderBy('pct_chg').orderBy('trade_date'))
        .as('place'),
    ]),
  )
  .selectFrom('days')
  // A left join keeps stocks that are not in the list.
  .leftJoin('stock_basic', 'stock_basic.ts_code', 'days.ts_code')
  .where('place', '<=', WORST)
  .groupBy('stock_basic.industry')
  .select((eb) => [
    'stock_basic.industry',
    eb.fn.countAll<number>().as('falls'),
    eb.fn.avg<number>('days.pct_chg').as('fall'),
    eb.fn.avg<number | null>('days.day_after').as('next'),
    eb.fn.min('days.trade_date').as('first'),
    eb.fn.max('days.trade_date').as('last'),
  ])
  .orderBy('next', 'desc')
  .execute()

console.log(`the ${WORST} worst days of each stock, by industry\n`)
console.log(
  formatTable(
    ['industry', 'falls', 'mean fall (%)', 'mean day after (%)', 'first', 'last'],
    fallen.map(({ industry, falls, fall, next, first, last }) => [
      industry ?? '–',
      falls,
      fixed(fall, 2),
      fixed(next ?? undefined, 2),
      first,
      last,
    ]),
  ),
)
