import { defineDataset } from '../dataset.ts'
import { date, symbol, text } from '../fields.ts'

export const stockBasic = defineDataset({
  name: 'stock_basic',
  description: 'All stocks ever listed, including delisted and paused ones',
  fields: {
    ts_code: symbol.required('Code of the stock with its exchange, such as 600519.SH'),
    symbol: text('Code without the exchange', { length: 32 }),
    name: text('Short name', { length: 64 }),
    area: text('Province or city of the company', { length: 64 }),
    industry: text('Industry', { length: 64 }),
    fullname: text('Full name'),
    enname: text('English name'),
    cnspell: text('Initials of the name in pinyin', { length: 64 }),
    market: text('Board: 主板, 创业板, 科创板, 北交所, CDR', { length: 32 }),
    exchange: text('Exchange: SSE, SZSE, BSE', { length: 16 }),
    curr_type: text('Currency of trading', { length: 16 }),
    list_status: text('L listed, D delisted, P paused', { length: 4 }),
    list_date: date('First day of listing'),
    delist_date: date('Delisting: the first day after the listing; null while listed'),
    is_hs: text('Stock Connect: N no, H Shanghai, S Shenzhen', { length: 4 }),
    act_name: text('Controlling shareholder'),
    act_ent_type: text('Kind of controller', { length: 64 }),
  },
  key: ['ts_code'],
  symbol: 'ts_code',
  // The date of a delisting is known only afterwards.
  pointInTime: {
    kind: 'current',
    immutable: ['ts_code', 'symbol', 'exchange', 'list_date'],
    instead: { name: 'namechange.name', industry: 'index_member_all.l1_name' },
  },
})
