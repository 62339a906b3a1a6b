import { date, defineCatalogue, defineDataset, float64, symbol, text } from '@stockdb/contract'

/** Statements with Tushare's key, and just enough values to distinguish versions. */
const report = defineDataset({
  name: 'report',
  description: 'Statements that are announced and corrected',
  fields: {
    code: symbol.required('Code'),
    period: date.required('End of the period'),
    kind: text('Kind of report', { length: 4 }),
    ann_date: date('Day of announcement'),
    f_ann_date: date('Actual day of announcement'),
    flag: text('Mark of updates', { length: 4 }),
    profit: float64('Profit', { unit: 'CNY' }),
  },
  key: ['code', 'period', 'kind', 'ann_date', 'f_ann_date', 'flag'],
  symbol: 'code',
  date: 'period',
  pointInTime: {
    kind: 'announced',
    period: 'period',
    announced: 'ann_date',
    actual: 'f_ann_date',
    reportType: 'kind',
    update: 'flag',
  },
})

/** Ratios, which have neither an actual announcement date nor report types. */
const ratio = defineDataset({
  name: 'ratio',
  description: 'Ratios that are announced',
  fields: {
    code: symbol.required('Code'),
    period: date.required('End of the period'),
    ann_date: date('Day of announcement'),
    flag: text('Mark of updates', { length: 4 }),
    roe: float64('Return on equity', { unit: 'percent' }),
  },
  key: ['code', 'period', 'ann_date', 'flag'],
  symbol: 'code',
  date: 'period',
  pointInTime: { kind: 'announced', period: 'period', announced: 'ann_date', update: 'flag' },
})

/** The same statements in a table with dates as text and other column names. */
const textReport = defineDataset({
  name: 'text_report',
  description: 'Statements with dates stored as text',
  fields: {
    code: symbol.required('Code', { column: '代码' }),
    period: date.required('End of the period', { dateFormat: 'YYYYMMDD' }),
    kind: text('Kind of report', { length: 4 }),
    ann_date: date('Day of announcement', { dateFormat: 'YYYYMMDD' }),
    f_ann_date: date('Actual day of announcement', { dateFormat: 'YYYYMMDD', column: 'f ann' }),
    flag: text('Mark of updates', { length: 4 }),
    profit: float64('Profit', { unit: 'CNY' }),
  },
  key: report.key,
  symbol: 'code',
  date: 'period',
  pointInTime: report.pointInTime,
})

/** Plans that do not supersede each other: a period may have several. */
const plan = defineDataset({
  name: 'plan',
  description: 'Plans, each with its own rows',
  fields: {
    code: symbol.required('Code'),
    period: date('End of the period'),
    ann_date: date('Day of announcement'),
    imp_ann_date: date('Day on which its dates were announced'),
    stage: text('Stage', { length: 8 }),
    cash: float64('Cash', { unit: 'CNY a share' }),
  },
  key: ['code', 'period', 'ann_date', 'imp_ann_date', 'stage', 'cash'],
  symbol: 'code',
  pointInTime: {
    kind: 'announced',
    period: 'period',
    announced: 'ann_date',
    actual: 'imp_ann_date',
    supersedes: false,
  },
})

const weight = defineDataset({
  name: 'weight',
  description: 'Members of indices, published from time to time',
  fields: {
    index_code: symbol.required('Index'),
    trade_date: date.required('Day'),
    con_code: symbol.required('Member'),
    weight: float64('Weight', { unit: 'percent' }),
  },
  key: ['index_code', 'trade_date', 'con_code'],
  symbol: 'index_code',
  date: 'trade_date',
  pointInTime: { kind: 'published' },
})

const membership = {
  code: symbol.required('Code'),
  sector: text.required('Sector', { length: 16 }),
  since: date.required('First day'),
  until: date('Last day'),
  note: text('What is said of it today', { length: 16 }),
}

/** Members with an exclusive end date. */
const member = defineDataset({
  name: 'member',
  description: 'Sectors of stocks',
  fields: membership,
  key: ['code', 'sector', 'since'],
  symbol: 'code',
  pointInTime: { kind: 'interval', from: 'since', to: 'until', endInclusive: false, currentOnly: ['note'] },
})

/** Names with an inclusive end date; some rows have no start date. */
const label = defineDataset({
  name: 'label',
  description: 'Names of stocks',
  fields: { ...membership, since: date('First day'), until: date('Last day', { dateFormat: 'YYYYMMDD' }) },
  key: ['code', 'sector', 'since'],
  symbol: 'code',
  pointInTime: { kind: 'interval', from: 'since', to: 'until', endInclusive: true },
})

export const known = defineCatalogue({ report, ratio, text_report: textReport, plan, weight, member, label })
