import { defineDataset } from '../dataset.ts'
import { float64 } from '../fields.ts'
import { securityDay } from './bar-fields.ts'
import { listedStocks } from './listed-stocks.ts'

const ratio = { unit: 'ratio' }
const percent = { unit: 'percent' }
const shares = { unit: '10,000 shares' }
const value = { unit: '10,000 CNY' }

export const dailyBasic = defineDataset({
  name: 'daily_basic',
  description: 'Daily turnover, valuation and share capital of stocks',
  fields: {
    ...securityDay,
    close: float64('Closing price, unadjusted', { unit: 'CNY' }),
    turnover_rate: float64('Shares traded ÷ tradable shares', percent),
    turnover_rate_f: float64('Shares traded ÷ free float', percent),
    volume_ratio: float64('Volume per minute ÷ its mean over the last five sessions', ratio),
    pe: float64('Price ÷ earnings of the last full year; null at a loss', ratio),
    pe_ttm: float64('Price ÷ earnings of the last four quarters; null at a loss', ratio),
    pb: float64('Price ÷ book value', ratio),
    ps: float64('Price ÷ sales of the last full year', ratio),
    ps_ttm: float64('Price ÷ sales of the last four quarters', ratio),
    dv_ratio: float64('Dividend yield of the last full year', percent),
    dv_ttm: float64('Dividend yield of the last twelve months', percent),
    total_share: float64('Shares issued', shares),
    float_share: float64('Tradable shares', shares),
    free_share: float64('Free float', shares),
    total_mv: float64('Market value of all shares', value),
    circ_mv: float64('Market value of the tradable shares', value),
  },
  key: ['ts_code', 'trade_date'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'trade_date',
  calendar: 'SSE',
  listing: listedStocks,
})
