import { date, defineCatalogue, defineDataset, float64, int64, symbol } from '@stockdb/contract'

// Written by "stockdb introspect" from a SQLite database; names, descriptions and the unit were added by hand.
export const catalogue = defineCatalogue({
  my_factor: defineDataset({
    name: 'my_factor',
    table: '我的因子',
    managed: false,
    latest: 'scan', // no index begins with the symbol
    description: 'A factor of my own, by stock and day',
    fields: {
      code: symbol.required('Code of the stock', { column: '股票代码' }),
      day: date.required('Day', { column: '日期', dateFormat: 'YYYYMMDD' }),
      value: float64('The factor', { column: '因子 值', unit: 'standard deviations' }),
      rank: int64('Its rank on the day, 1 the greatest', { column: '名次' }),
    },
    key: ['code', 'day'],
    symbol: 'code',
    date: 'day',
  }),
})
