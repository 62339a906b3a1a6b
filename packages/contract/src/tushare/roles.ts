/**
 * The roles of Tushare's datasets, the default of every catalogue: a role that it does not declare goes to the dataset
 * of this name, if it exists and has these fields.
 */
export const tushareRoles = {
  calendar: { dataset: 'trade_cal', exchange: 'exchange', day: 'cal_date', open: 'is_open' },
  stocks: {
    dataset: 'stock_basic',
    name: 'name',
    listed: 'list_date',
    delisted: 'delist_date',
    bareCode: 'symbol',
    pinyin: 'cnspell',
    status: 'list_status',
  },
  names: { dataset: 'namechange', name: 'name' },
  constituents: { dataset: 'index_weight', member: 'con_code' },
  suspensions: { dataset: 'suspend_d', type: 'suspend_type', timing: 'suspend_timing' },
} as const

export type TushareRoles = typeof tushareRoles
