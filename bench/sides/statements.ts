import type { Call } from '../workloads/call.ts'

const BARS = 'ts_code, trade_date, open, high, low, close, pre_close, `change`, pct_chg, vol, amount'

/** A statement with `?` for its values. */
export interface Statement {
  readonly sql: string
  readonly values: readonly string[]
}

/** The statements that a careful script sends for a call: several where it works on with their rows. */
export function statementsOf(call: Call): readonly Statement[] {
  switch (call.kind) {
    case 'point':
      return [
        {
          sql: 'select ts_code, trade_date, open, high, low, close from daily where ts_code = ? and trade_date between ? and ? order by trade_date',
          values: [call.symbol, call.start, call.end],
        },
      ]
    case 'bulk':
      return [
        {
          sql: `select ${BARS} from daily where ts_code between ? and ? order by ts_code, trade_date`,
          values: [call.firstSymbol, call.lastSymbol],
        },
      ]
    case 'cross-section':
      return [{ sql: `select ${BARS} from daily where trade_date = ? order by ts_code`, values: [call.date] }]
    case 'panel':
      return ['close from daily', 'adj_factor from adj_factor'].map((what) => ({
        sql: `select ts_code, trade_date, ${what} where ts_code between ? and ? and trade_date between ? and ? order by ts_code, trade_date`,
        values: [call.firstSymbol, call.lastSymbol, call.start, call.end],
      }))
    case 'as-of':
      return [
        {
          sql: `select ts_code, ann_date, end_date, eps, roe from (
              select ts_code, ann_date, end_date, eps, roe,
                row_number() over (partition by ts_code order by end_date desc, ann_date desc, update_flag desc) as place
              from fina_indicator where ts_code <= ? and ann_date < ?
            ) known where place = 1 order by ts_code`,
          values: [call.lastSymbol, call.date],
        },
      ]
    case 'join':
      return [
        {
          sql: `select industry, avg(pct_chg) as mean, count(*) as bars from daily join stock_basic using (ts_code)
            where trade_date between ? and ? group by industry order by industry`,
          values: [call.start, call.end],
        },
      ]
    case 'everything':
      return [{ sql: `select ${BARS} from daily order by ts_code, trade_date`, values: [] }]
  }
}
