import { defineDataset } from '../dataset.ts'
import { date, float64, symbol, text } from '../fields.ts'
import { cnyPerShare } from './money-fields.ts'

const shares = (description: string) => float64(description, { unit: 'shares a share' })

export const dividend = defineDataset({
  name: 'dividend',
  description: 'Dividends and bonus shares, one row per stage of each plan',
  fields: {
    ts_code: symbol.required('Code of the stock with its exchange, such as 600519.SH'),
    end_date: date('Last day of the period of the dividend'),
    ann_date: date('Day on which the plan was announced'),
    div_proc: text('Stage of the plan: 预案, 股东大会通过, 实施, 不分配, …', { length: 32 }),
    stk_div: shares('Bonus and transferred shares'),
    stk_bo_rate: shares('Bonus shares, out of profit'),
    stk_co_rate: shares('Transferred shares, out of reserves'),
    cash_div: cnyPerShare('Cash after tax'),
    cash_div_tax: cnyPerShare('Cash before tax'),
    record_date: date('Record date: holders at the end of this day are entitled'),
    ex_date: date('Ex-date: first day without the right to the dividend'),
    pay_date: date('Day of the payment'),
    div_listdate: date('Day on which the bonus shares are listed'),
    imp_ann_date: date('Day on which the dates were announced; null until then'),
    base_date: date('Date of the share capital on which the dividend is paid'),
    base_share: float64('Share capital on which the dividend is paid', { unit: '10,000 shares' }),
  },
  // An ordinary and a special dividend may be announced, decided and paid on the same days, with only different
  // amounts; the stage determines which dates exist.
  key: [
    'ts_code',
    'end_date',
    'ann_date',
    'div_proc',
    'ex_date',
    'imp_ann_date',
    'stk_div',
    'cash_div',
    'cash_div_tax',
  ],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  pointInTime: {
    kind: 'announced',
    period: 'end_date',
    announced: 'ann_date',
    actual: 'imp_ann_date',
    supersedes: false,
  },
})
