import type { Notation } from '../symbols/notations.ts'
import type { Declaration } from './declaration.ts'

/**
 * The tables of a dataset that has one per stock, or one per year, month or day.
 *
 * @example
 * ```ts
 * import type { TablesRule } from '@stockdb/contract'
 * const perStock: TablesRule = { pattern: '{symbol}' } // 000001_SZ, sz000001 or SH600000
 * const perYear: TablesRule = { pattern: 'daily_{year}' }
 * const perMonth: TablesRule = { pattern: 'bars_{year}{month}' }
 * ```
 */
export interface TablesRule {
  /**
   * The names of the tables: `{symbol}`, `{year}`, `{month}` and `{day}` stand for what a name says of the rows in it.
   *
   * With `{symbol}` the symbol comes from the name, and not from a column.
   */
  readonly pattern: string
  /**
   * The notation in which codes are written, such as `000001.SZ`; names are read in any. `'as-named'` takes them as they are.
   *
   * @default 'tushare'
   */
  readonly notation?: Notation | 'as-named'
}

/**
 * The columns of a wide table: one row per date, and one column per symbol.
 *
 * @example
 * ```ts
 * import type { WideRule } from '@stockdb/contract'
 * const closes: WideRule = { pattern: '{symbol}', field: 'close' } // columns such as 000001.SZ
 * ```
 */
export interface WideRule {
  /** The names of the columns, in which `{symbol}` stands for the symbol. */
  readonly pattern: string
  /** The field that the columns hold the values of; a cell that is null is no row. */
  readonly field: string
  /**
   * The notation in which codes are written, such as `000001.SZ`; names are read in any. `'as-named'` takes them as they are.
   *
   * @default 'tushare'
   */
  readonly notation?: Notation | 'as-named'
}

const NOTATIONS = ['tushare', 'wind', 'joinquant', 'vnpy', 'baostock', 'akshare', 'as-named']

/** Throws a `TypeError` where the names of tables or columns say nothing of the rows, or what has no field. */
export function checkTables(
  rule: TablesRule | WideRule,
  { managed, writable, table }: { readonly managed?: boolean; readonly writable?: boolean; readonly table?: string },
  declaration: Declaration,
): void {
  const { symbol, date, fields, need, fail } = declaration
  const isWide = 'field' in rule
  const option = isWide ? 'wide' : 'tables'
  const names = [...String(rule.pattern).matchAll(/\{(.*?)\}/g)].map(([, name = '']) => name)
  const expected = isWide ? ['symbol'] : ['symbol', 'year', 'month', 'day']
  const unknown = names.find((name) => !expected.includes(name))
  if (unknown !== undefined) fail(`${option} pattern has {${unknown}}; expected {${expected.join('}, {')}}`)
  if (names.length === 0)
    fail(`${option} pattern says nothing of the rows; expected {${expected.join('} or {')}} in it`)
  if (new Set(names).size < names.length) fail(`${option} pattern has a part twice`)
  const has = (name: string): boolean => names.includes(name)
  if ((has('month') && !has('year')) || (has('day') && !has('month')))
    fail(`${option} pattern has a month without its year, or a day without its month`)
  if (managed !== false) fail(`${option} requires managed: false, because stockdb does not create such tables`)
  if (writable) fail(`${option} cannot be writable: rows are only read from such tables`)
  if (!isWide && table !== undefined) fail('tables names the tables, so there is no table')
  if (rule.notation !== undefined && !NOTATIONS.includes(rule.notation))
    fail(`${option} notation is ${String(rule.notation)}; expected one of ${NOTATIONS.join(', ')}`)
  if (has('symbol')) {
    need(`${option} symbol`, symbol, 'symbol')
    if (fields[symbol as string]?.symbolFormat !== undefined)
      fail(`${option} takes ${symbol} from names, so it has no symbolFormat`)
  }
  if (has('year')) need(`${option} date`, date, 'date', 'datetime')
  if (!isWide) return
  need('wide date', date, 'date', 'datetime')
  need('wide field', rule.field, 'float64', 'int32', 'int64', 'bool', 'text')
  if (rule.field === symbol || rule.field === date) fail(`wide field ${rule.field} is the symbol or the date`)
}
