import { tushare } from '@stockdb/contract'
import { parseDate } from '@stockdb/contract/internal'
import { type Company, createCompanies } from './companies.ts'
import { balanceRows, cashflowRows, incomeRows, indicatorRows } from './financials.ts'
import { indexBasicRow, indexWeights } from './index-constituents.ts'
import { indexLevels } from './index-level.ts'
import { createMarket, type Market } from './market.ts'
import { namesOf } from './names.ts'
import { companyDays } from './prices.ts'
import { round } from './round.ts'
import { calendar, sessionsBetween } from './sessions.ts'
import { stockBasicRow } from './stock-list.ts'
import { suspensionRows } from './suspension-rows.ts'
import { type RowOf, type SampleTable, sparseTableOf, tableOf } from './table.ts'
import { valuations } from './valuation.ts'

export { SAMPLE_SUFFIX } from './companies.ts'
export type { SampleTable } from './table.ts'

/** The allowed span of a market; the Shanghai exchange opened in December 1990. */
const [EARLIEST, LATEST] = ['1991-01-01', '2099-12-31']
const MOST_SYMBOLS = 9999

function* dailyRows(company: Company, market: Market): Generator<RowOf<typeof tushare.daily>> {
  for (const { date, bar } of companyDays(company, market)) {
    if (!bar) continue
    const change = bar.close - bar.preClose
    yield {
      ts_code: company.code,
      trade_date: date,
      open: bar.open / 100,
      high: bar.high / 100,
      low: bar.low / 100,
      close: bar.close / 100,
      pre_close: bar.preClose / 100,
      change: change / 100,
      pct_chg: round((change / bar.preClose) * 100, 4),
      vol: bar.lots,
      amount: bar.amount / 1000,
    }
  }
}

function* factorRows(company: Company, market: Market): Generator<RowOf<typeof tushare.adj_factor>> {
  for (const { date, factor } of companyDays(company, market)) {
    yield { ts_code: company.code, trade_date: date, adj_factor: factor }
  }
}

/** The two dates in canonical form; throws a `RangeError` unless they make a span. */
function checkSpan(start: string, end: string): [string, string] {
  const [first, last] = [parseDate(start), parseDate(end)]
  if (!first || first < EARLIEST) throw new RangeError(`start: got ${start}; expected a date from ${EARLIEST} on`)
  if (!last || last > LATEST) throw new RangeError(`end: got ${end}; expected a date up to ${LATEST}`)
  return [first, last]
}

/**
 * A synthetic stock market in the `tushare` datasets that the examples use, for trying things out without data.
 *
 * The same options always give the same rows. Nothing in it is real: codes end in {@link SAMPLE_SUFFIX} and names say
 * `Synthetic`. `start` and `end` are inclusive; the calendar extends a year further on both sides and uses the exchange
 * `SSE`, where users look for it. Of every fifty stocks, about six list during the span, two are delisted, one is
 * paused, a third is suspended now and then, a ninth makes losses and has an ST name for a while, and an eighth
 * corrects a report. Rows are ordered by the dataset's key.
 *
 * Throws a `RangeError` if `seed` is not an integer, `symbols` is not one from 1 to 9999, `start` or `end` is not a
 * date from 1991 to 2099, or there is no session between them.
 */
export function sampleMarket(
  options: { seed?: number; symbols?: number; start?: string; end?: string } = {},
): SampleTable[] {
  const { seed = 1, symbols = 50 } = options
  const [start, end] = checkSpan(options.start ?? '2020-01-01', options.end ?? '2024-12-31')
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed: got ${seed}; expected a whole number`)
  if (!Number.isInteger(symbols) || symbols < 1 || symbols > MOST_SYMBOLS) {
    throw new RangeError(`symbols: got ${symbols}; expected a whole number from 1 to ${MOST_SYMBOLS}`)
  }
  const sessions = sessionsBetween(start, end)
  if (sessions.length === 0)
    throw new RangeError(`start, end: got ${start} to ${end}; expected at least one trading day`)
  const market = createMarket(seed, sessions)
  const companies = createCompanies(symbols, market)
  const ofEach = <Row>(rows: (company: Company, market: Market) => Iterable<Row>) =>
    function* (): Generator<Row> {
      for (const company of companies) yield* rows(company, market)
    }
  return [
    tableOf(tushare.stock_basic, () => companies.map((company) => stockBasicRow(company, market))),
    tableOf(tushare.trade_cal, function* () {
      for (const { date, open, previous } of calendar(start, end)) {
        yield { exchange: 'SSE', cal_date: date, is_open: open ? 1 : 0, pretrade_date: previous }
      }
    }),
    tableOf(tushare.namechange, ofEach(namesOf)),
    tableOf(tushare.daily, ofEach(dailyRows)),
    tableOf(tushare.adj_factor, ofEach(factorRows)),
    tableOf(tushare.daily_basic, ofEach(valuations)),
    tableOf(tushare.suspend_d, ofEach(suspensionRows)),
    tableOf(tushare.index_basic, () => [indexBasicRow(market)]),
    tableOf(tushare.index_daily, () => indexLevels(companies, market)),
    tableOf(tushare.index_weight, () => indexWeights(companies, market)),
    sparseTableOf(tushare.income, ofEach(incomeRows)),
    sparseTableOf(tushare.balancesheet, ofEach(balanceRows)),
    sparseTableOf(tushare.cashflow, ofEach(cashflowRows)),
    sparseTableOf(tushare.fina_indicator, ofEach(indicatorRows)),
  ]
}
