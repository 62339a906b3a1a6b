import { membersAmong } from '@stockdb/contract/internal'
import type { TableMetadata } from 'kysely'

/** Tables that are parts of one dataset, and how their names say which. */
export interface Family {
  readonly pattern: string
  readonly tables: readonly TableMetadata[]
  /** The codes that the names say; empty where they only say dates. */
  readonly symbols: readonly string[]
  /** Where the codes are not those of stocks of mainland China: they stay as the names have them. */
  readonly notation?: 'as-named'
  /** Whether names have six digits alone, whose exchange follows from the rules of stocks. */
  readonly bare?: true
}

/** A code of mainland China with its exchange, or six digits alone. */
const CODE = /(?<![A-Za-z\d])(?:(?:sh|sz|bj)[._-]?\d{6}|\d{6}(?:[._-]?(?:sz|sh|bj|xshe|xshg|szse|sse))?)(?![A-Za-z\d])/i
/** A year, with its month and its day if it has them; not a part of a longer number. */
const DATE = /(?<!\d)(?:19|20)\d\d(?:(?<gap>[-_]?)(?:0[1-9]|1[0-2])(?:\k<gap>(?:0[1-9]|[12]\d|3[01]))?)?(?!\d)/

/** The fewest tables that are taken for parts of one. */
const FEWEST = { symbol: 3, date: 2 }

/** Finds the tables whose names differ only in a code or a date, and have most of their columns in common. */
export function findFamilies(tables: readonly TableMetadata[]): readonly Family[] {
  const grouped = Map.groupBy(tables, ({ name }) => patternOf(name) ?? '')
  grouped.delete('')
  const found = [...grouped].flatMap(([pattern, members]) => familyOf(pattern, members))
  const taken = new Set(found.flatMap((family) => family.tables))
  const others = Map.groupBy(
    tables.filter((table) => !taken.has(table)),
    ({ name }) => patternAbroad(name) ?? '',
  )
  others.delete('')
  return [...found, ...[...others].flatMap(([pattern, members]) => familyAbroad(pattern, members))]
}

function familyOf(pattern: string, tables: readonly TableMetadata[]): readonly Family[] {
  if (sharedColumns(tables).size < 2) return []
  const names = tables.map(({ name }) => name)
  const isOfStocks = pattern.includes('{symbol}') && !NO_STOCKS.test(pattern)
  const bare = isOfStocks && names.some((name) => /^\d{6}$/.test(CODE.exec(name)?.[0] ?? ''))
  for (const notation of notationsOf(pattern)) {
    const symbols = symbolsIn(pattern, notation, names)
    if (symbols)
      return [{ pattern, tables, symbols, ...(notation ? { notation } : bare ? { bare: true as const } : {}) }]
  }
  return []
}

/** The codes of some names, if the pattern fits all of them, and there are enough of them. */
function symbolsIn(
  pattern: string,
  notation: 'as-named' | undefined,
  names: readonly string[],
): readonly string[] | undefined {
  const tables = { pattern, ...(notation === undefined ? {} : { notation }) }
  const members = membersAmong({ name: 'family', description: '', fields: {}, key: [], tables }, names)
  // A name that the pattern fits is a part of the dataset, whatever its table is.
  const fewest = pattern.includes('{symbol}') ? FEWEST.symbol : FEWEST.date
  if (members.length < Math.max(fewest, names.length)) return undefined
  return [...new Set(members.flatMap(({ symbol }) => symbol ?? []))]
}

/** Indexes and funds share their six digits with stocks of another exchange. */
const NO_STOCKS = /index|idx|fund|etf|指数|基金/i

/** How codes in names may be meant, in the order in which they are tried. */
function notationsOf(pattern: string): readonly ('as-named' | undefined)[] {
  if (!pattern.includes('{symbol}')) return [undefined]
  return NO_STOCKS.test(pattern) ? ['as-named'] : [undefined, 'as-named']
}

/** Codes of other markets behind a prefix: `us_AAPL`, `us_BRK_B`, `hk_00700`. */
const ABROAD = /^(.*?[^\W_](?:[_.-]))((?:[A-Z]{1,5}(?:[._-][A-Z])?)|\d{4,5})$/su
const ABROAD_IN_SMALL = /^((?:us|hk)[_.-])([a-z]{1,5}|\d{4,5})$/su

function patternAbroad(name: string): string | undefined {
  const [, prefix] = ABROAD.exec(name) ?? ABROAD_IN_SMALL.exec(name) ?? []
  return prefix === undefined ? undefined : `${prefix}{symbol}`
}

/** Names alone say little: the tables must be of one make, too, and of rows by date. */
function familyAbroad(pattern: string, tables: readonly TableMetadata[]): readonly Family[] {
  const [first] = tables
  const columns = new Set(first?.columns.map(({ name }) => name))
  const isAlike = tables.every(
    (table) => table.columns.length === columns.size && table.columns.every(({ name }) => columns.has(name)),
  )
  if (!isAlike || columns.size < 2 || ![...columns].some((name) => /date|day|time|日期|时间/i.test(name))) return []
  const symbols = symbolsIn(
    pattern,
    'as-named',
    tables.map(({ name }) => name),
  )
  return symbols ? [{ pattern, tables, symbols, notation: 'as-named' }] : []
}

/** The pattern of a name with a code or a date in it. */
function patternOf(name: string): string | undefined {
  const named = DATE.exec(name)
  const code = CODE.exec(name)
  // 202401 is a month and no code; 600519_2024 is both.
  const isDate = named !== null && (code === null || named[0].length !== 6 || named.index !== code.index)
  const codeFirst = code !== null && !(named !== null && named.index === code.index && /^\d{6}$/.test(code[0]))
  const withCode = codeFirst ? name.replace(CODE, '{symbol}') : name
  const dated = isDate || !codeFirst ? withCode.replace(DATE, dateParts) : withCode
  return dated === name ? undefined : dated
}

function dateParts(date: string): string {
  const [, gap = ''] = /^\d{4}([-_]?)/.exec(date) ?? []
  const digits = date.replaceAll(/\D/g, '').length
  return ['{year}', ...(digits > 4 ? ['{month}'] : []), ...(digits > 6 ? ['{day}'] : [])].join(gap)
}

/** The columns that all tables have. */
export function sharedColumns(tables: readonly TableMetadata[]): ReadonlySet<string> {
  const [first, ...others] = tables.map(({ columns }) => new Set(columns.map(({ name }) => name)))
  return new Set([...(first ?? [])].filter((name) => others.every((columns) => columns.has(name))))
}

/** The tables with other columns, or columns of other types, than the first one: their names and what differs. */
export function unlikeTables({ tables }: Family): readonly string[] {
  const [first, ...others] = tables
  const types = new Map(first?.columns.map(({ name, dataType }) => [name, dataType]))
  return others.flatMap(({ name, columns }) => {
    const points = columns.flatMap(({ name: column, dataType }) => {
      const expected = types.get(column)
      if (expected === undefined) return [`has ${column}`]
      return expected === dataType ? [] : [`${column} is ${dataType}, not ${expected}`]
    })
    const missing = [...types.keys()].filter((column) => !columns.some((one) => one.name === column))
    const all = [...points, ...missing.map((column) => `has no ${column}`)]
    return all.length === 0 ? [] : [`${name} ${all.join(', ')}`]
  })
}

/** A name for the dataset: what the names of its tables have besides code and date. */
export const nameOfFamily = (pattern: string): string =>
  pattern
    .replaceAll(/\{\w+\}/g, '_')
    .replaceAll(/[^\p{L}\p{Nd}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '')
