import type { PointInTimeRule } from '../dataset.ts'
import { date, symbol, text } from '../fields.ts'

/** The first fields of every statement. */
export const statementHead = {
  ts_code: symbol.required('Code of the stock with its exchange, such as 600519.SH'),
  ann_date: date('Day of the announcement'),
  f_ann_date: date('Day of the announcement of these numbers; if null, ann_date applies'),
  end_date: date.required('Last day of the period'),
  report_type: text(
    '1 consolidated, 2 single quarter, 3 adjusted single quarter, 4 adjusted consolidated, 5 before adjustment, 6 to 12 of the parent company',
    { length: 4 },
  ),
  comp_type: text('Kind of company: 1 general, 2 bank, 3 insurer, 4 broker', { length: 4 }),
  end_type: text('Quarter that the period ends with: 1 to 4', { length: 4 }),
}

/** The last fields of every statement. */
export const statementTail = {
  update_flag: text('0 as first published, 1 corrected since', { length: 4 }),
}

/** Restatements and repeated announcements are separate rows. */
export const statementKey = ['ts_code', 'end_date', 'report_type', 'ann_date', 'f_ann_date', 'update_flag'] as const

/** When a statement was known. */
export const statementRule = {
  kind: 'announced',
  period: 'end_date',
  announced: 'ann_date',
  actual: 'f_ann_date',
  reportType: 'report_type',
  update: 'update_flag',
} as const satisfies PointInTimeRule
