import type { Dataset } from './declaration.ts'
import { normalizeSymbol } from './symbols/normalize-symbol.ts'

/** One of the tables of a dataset with several, or a column of a wide one, and what its name says of its rows. */
export interface Member {
  readonly table: string
  /** The column of the values, in a wide table. */
  readonly column?: string
  readonly symbol?: string
  /** The first and the last day of its rows. */
  readonly from?: string
  readonly to?: string
}

/** Whether the rows of a dataset are in several tables, or in several columns of one. */
export const hasMembers = ({ tables, wide }: Pick<Dataset, 'tables' | 'wide'>): boolean =>
  tables !== undefined || wide !== undefined

/** Whether the symbol comes from names, and not from a column. */
export const namesSymbols = ({ tables, wide }: Pick<Dataset, 'tables' | 'wide'>): boolean =>
  (tables ?? wide)?.pattern.includes('{symbol}') === true

/** What the parts of a pattern stand for in a name. */
const PARTS: Readonly<Record<string, string>> = {
  symbol: '(?<symbol>.+)',
  year: '(?<year>(?:19|20)\\d\\d)',
  month: '(?<month>0[1-9]|1[0-2])',
  day: '(?<day>0[1-9]|[12]\\d|3[01])',
}

/** Codes without a character that SQL or a pattern gives a meaning. */
const NAMED_CODE = /^[\w.=+-]{1,32}$/

/**
 * The members among some names, of tables or of columns, by symbol and date. Names that the pattern does not fit, or whose symbol
 * is no code, are no members.
 */
export function membersAmong(dataset: Dataset, names: readonly string[]): readonly Member[] {
  const { tables, wide } = dataset
  const rule = tables ?? wide
  if (!rule) return []
  const parts = rule.pattern.split(/\{(\w+)\}/)
  const form = new RegExp(
    `^${parts.map((part, at) => (at % 2 === 1 ? PARTS[part] : part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))).join('')}$`,
    'su',
  )
  const table = wide ? (dataset.table ?? dataset.name) : undefined
  return names
    .flatMap((name): Member[] => {
      const found = form.exec(name)?.groups
      if (!found) return []
      const symbol = found.symbol === undefined ? undefined : namedSymbol(found.symbol, rule.notation)
      if (found.symbol !== undefined && symbol === undefined) return []
      return [
        {
          ...(table === undefined ? { table: name } : { table, column: name }),
          ...(symbol === undefined ? {} : { symbol }),
          ...periodOf(found),
        },
      ]
    })
    .toSorted((a, b) => compare(a.symbol, b.symbol) || compare(a.from, b.from))
}

const compare = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0)

/** The code that a name has; `undefined` where it has none. */
export function namedSymbol(text: string, notation: NonNullable<Dataset['tables']>['notation'] = 'tushare') {
  if (notation === 'as-named') return NAMED_CODE.test(text) ? text : undefined
  try {
    return normalizeSymbol(text.replaceAll(/[_-]/g, '.'), { to: notation })
  } catch {
    return undefined
  }
}

function periodOf({ year, month, day }: Readonly<Record<string, string | undefined>>): Pick<Member, 'from' | 'to'> {
  if (year === undefined) return {}
  if (month === undefined) return { from: `${year}-01-01`, to: `${year}-12-31` }
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  return { from: `${year}-${month}-${day ?? '01'}`, to: `${year}-${month}-${day ?? days}` }
}

/** A member as a dataset of one table. Of what names say it has no field. */
export function memberDataset(dataset: Dataset, { table, column, symbol }: Member): Dataset {
  const { tables: _, wide, symbol: field, ...rest } = dataset
  const named = symbol === undefined ? undefined : field
  const fields = Object.entries(dataset.fields).flatMap(([name, declared]) => {
    if (name === named) return []
    return [[name, name === wide?.field && column !== undefined ? { ...declared, column } : declared] as const]
  })
  return {
    ...rest,
    table,
    fields: Object.fromEntries(fields),
    key: dataset.key.filter((name) => name !== named),
    ...(named === undefined && field !== undefined ? { symbol: field } : {}),
  }
}

/** The members that may have rows of some symbols in a range of days; without symbols or days all of them. */
export function membersWithin(
  members: readonly Member[],
  {
    symbols,
    start,
    end,
  }: { symbols?: readonly string[] | undefined; start?: string | undefined; end?: string | undefined },
): readonly Member[] {
  const wanted = symbols && new Set(symbols)
  const [from, to] = [start?.slice(0, 10), end?.slice(0, 10)]
  return members.filter(
    (member) =>
      (member.symbol === undefined || wanted === undefined || wanted.has(member.symbol)) &&
      (to === undefined || member.from === undefined || member.from <= to) &&
      (from === undefined || member.to === undefined || member.to >= from),
  )
}
