import { readSymbolAs, SYMBOL_FORM } from '@stockdb/contract/internal'
import type { Choice, FieldDraft } from './draft.ts'

/** Common names for the column of a security, most telling first. */
const SYMBOL_NAMES = [
  ['ts_code', 'vt_symbol', 'order_book_id', 's_info_windcode', 'wind_code', 'windcode', 'sec_code', 'secucode'],
  ['symbol', 'ticker', 'stock_code', 'stockcode', 'code', 'instrument', 'instrument_id', 'sid', '股票代码', '证券代码'],
  ['代码', '合约代码', '基金代码', '指数代码'],
].flat()

/** Common names for the column of a trading day or the time of a bar, most telling first. */
const DATE_NAMES = [
  ['trade_date', 'tradedate', 'trade_dt', 'trading_date', 'tradingdate', 'trading_day', 'tradingday', '交易日期'],
  [
    '交易日',
    '日期',
    'date',
    'datetime',
    'trade_time',
    'bar_time',
    'dt',
    'day',
    'cal_date',
    '时间',
    'time',
    'timestamp',
  ],
].flat()

const SYMBOL_LIKE = /code|symbol|ticker|代码|合约/i
const DATE_LIKE = /date|day|time|日期|时间|交易日|_dt$/i
/** The time when a row was written says nothing about its content. */
const WRITTEN = /creat|updat|modif|insert|sync|load|gmt_|crawl|fetch|创建|更新|修改|入库|采集/i
/** Fields that distinguish bars of one security at the same time. */
const DISCRIMINATOR = /^(freq|frequency|interval|period|exchange|adjust|report_type|周期|交易所)$/i

/** A table's columns, as input for the guesses. */
export interface RoleFacts {
  readonly fields: readonly FieldDraft[]
  /** Values of each field in the sample, by name. */
  readonly samples: ReadonlyMap<string, readonly unknown[]>
  /** Names of the fields of the primary key, else of a unique index; empty without either. */
  readonly uniqueKey: readonly string[]
  /** Where the key comes from. */
  readonly keySource: 'primary key' | 'unique index' | undefined
}

export interface Roles {
  readonly key: Choice<readonly string[]>
  readonly symbol?: Choice<string>
  readonly date?: Choice<string>
}

/** Guesses which fields are symbol and date, and the key if the database does not declare one. */
export function guessRoles(facts: RoleFacts): Roles {
  const symbol = guessSymbol(facts)
  const date = guessDate(facts, symbol)
  return {
    ...(symbol === undefined ? {} : { symbol: { value: symbol, guess: 'by its name and its values' } }),
    ...(date === undefined ? {} : { date: { value: date, guess: 'by its name and its values' } }),
    key: chooseKey(facts, symbol, date),
  }
}

function guessSymbol({ fields, samples, uniqueKey }: RoleFacts): string | undefined {
  const able = fields.filter(
    (field) =>
      (field.type === 'text' &&
        (samples.get(field.name) ?? []).every(
          (value) => value === null || SYMBOL_FORM.test(String(value).trimEnd()),
        )) ||
      isCodeNumber(field, samples.get(field.name) ?? []),
  )
  return best(able, uniqueKey, SYMBOL_NAMES, SYMBOL_LIKE)
}

/** Whether a number is a code whose zeros at the front are gone: 1 for 000001. */
const isCodeNumber = ({ column, type, dateFormat }: FieldDraft, values: readonly unknown[]): boolean =>
  (type === 'int32' || type === 'int64' || type === 'float64') &&
  dateFormat === undefined &&
  SYMBOL_LIKE.test(column) &&
  values.length > 0 &&
  values.every((value) => value === null || readSymbolAs('number', value) !== undefined)

function guessDate({ fields, samples, uniqueKey }: RoleFacts, symbol: string | undefined): string | undefined {
  const able = fields.filter(
    ({ name, column, type }) =>
      (type === 'date' || type === 'datetime') && !WRITTEN.test(name) && !WRITTEN.test(column),
  )
  // One row per security: its dates are properties of it, such as the listing date.
  const listed = symbol !== undefined && isDistinct(samples.get(symbol) ?? [])
  const onePerSymbol = uniqueKey.join() === symbol || (uniqueKey.length === 0 && listed)
  const named = able.filter((field) => rank(field, DATE_NAMES) < DATE_NAMES.length)
  const date = best(onePerSymbol ? named : able, uniqueKey, DATE_NAMES, DATE_LIKE)
  if (date === undefined || symbol === undefined || uniqueKey.length > 0) return date
  // Besides the day of a bar, baostock keeps its time, which alone distinguishes bars of minutes.
  const columnsOf = (name: string) => [samples.get(symbol) ?? [], samples.get(name) ?? []]
  const times = named.filter(({ type }) => type === 'datetime').map(({ name }) => name)
  return repeatsIn(columnsOf(date)) > 0 ? (times.find((name) => repeatsIn(columnsOf(name)) === 0) ?? date) : date
}

/** The best candidate: fields in the key first, then by how telling the name is; none if no name tells anything. */
function best(
  able: readonly FieldDraft[],
  uniqueKey: readonly string[],
  names: readonly string[],
  like: RegExp,
): string | undefined {
  const score = (field: FieldDraft): number => {
    const place = rank(field, names)
    if (place === names.length && !like.test(field.column) && !uniqueKey.includes(field.name)) return Number.NaN
    return place + (like.test(field.column) ? 0 : 1) + (uniqueKey.includes(field.name) ? -1_000 : 0)
  }
  const scored = able.map((field) => ({ name: field.name, score: score(field) }))
  return scored.filter((one) => !Number.isNaN(one.score)).toSorted((a, b) => a.score - b.score)[0]?.name
}

/** The rank of the column's name among the telling ones; their number if it is not among them. */
function rank({ column }: FieldDraft, names: readonly string[]): number {
  const place = names.indexOf(
    column
      .trim()
      .toLowerCase()
      .replaceAll(/[\s.-]+/g, '_'),
  )
  return place < 0 ? names.length : place
}

function chooseKey(
  { fields, samples, uniqueKey, keySource }: RoleFacts,
  symbol: string | undefined,
  date: string | undefined,
): Choice<readonly string[]> {
  if (uniqueKey.length > 0) {
    return keySource === 'primary key' ? { value: uniqueKey } : { value: uniqueKey, guess: 'from a unique index' }
  }
  const roles = [symbol, date].filter((name) => name !== undefined)
  const further = fields.filter(({ column }) => roles.length > 0 && DISCRIMINATOR.test(column)).map(({ name }) => name)
  const value = [...new Set(roles.length > 0 ? [...roles, ...further] : fields.slice(0, 1).map(({ name }) => name))]
  const columns = value.map((name) => samples.get(name) ?? [])
  const repeats = repeatsIn(columns)
  const grounds = repeats === 0 ? '' : `; ${repeats} of ${columns[0]?.length} inspected rows repeat it`
  return { value, guess: `the table has no primary key${grounds}` }
}

/** How many rows repeat what another row has in these columns. */
function repeatsIn(columns: readonly (readonly unknown[])[]): number {
  const rows = Array.from({ length: columns[0]?.length ?? 0 }, (_, row) =>
    JSON.stringify(columns.map((values) => String(values[row]))),
  )
  return rows.length - new Set(rows).size
}

function isDistinct(values: readonly unknown[]): boolean {
  return values.length > 1 && new Set(values).size === values.length
}
