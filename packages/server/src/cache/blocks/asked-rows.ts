import type { Dataset } from '@stockdb/contract'
import { daysOf, hasMembers, splitSymbolOf } from '@stockdb/contract/internal'
import type { TableGuard } from '../../engine/table-guard.ts'
import { FACTOR_COLUMN } from '../../plan/adjust/factor.ts'
import { datasetOf } from '../../plan/plan-context.ts'
import type { QueryCache } from '../../plan/prepared-query.ts'
import type { Read } from '../../plan/read.ts'
import type { LookedUpValues } from '../../plan/read-types.ts'
import { isOneTable } from '../needs-of.ts'

/** Rows that a read asks for, where blocks can have them. */
export interface AskedRows {
  readonly dataset: Dataset
  /** Each once, ascending; all if absent. */
  readonly symbols: readonly string[] | undefined
  /** The columns of the answer, in order; symbol, date and factor among them. */
  readonly names: readonly string[]
  /** Those that are columns of blocks. */
  readonly fields: readonly string[]
  /** Days since 1970, both inclusive, infinite where the span is open. */
  readonly from: number
  readonly to: number
  /** Of each symbol only its last rows, so many. */
  readonly last?: number
  /** A field that must not be null. */
  readonly present?: string
  /** The dataset of the factors that are joined, and the field. */
  readonly factor?: { readonly dataset: Dataset; readonly field: string }
  /** Whether only the greatest date is asked for. */
  readonly isLastDate?: true
}

type Tables = Pick<TableGuard, 'shapeOf' | 'singlesOf'>

/** Codes that every collation orders as their bytes, and takes for equal only if they are. */
const PLAIN_CODE = /^[0-9A-Z.]+$/

export const isPlainCode = (code: string): boolean => PLAIN_CODE.test(code)

/**
 * What blocks must have to answer a read; `undefined` if blocks cannot answer it. They can answer reads of rows by symbols and
 * dates alone, of one table whose key is symbol and date and is enforced, so that rows have one order.
 */
export function askedRows(
  cache: QueryCache,
  tables: Tables,
  read: Read,
  lookedUp: LookedUpValues,
): AskedRows | undefined {
  switch (read.read) {
    case 'range':
    case 'at':
    case 'latest': {
      const { symbols, fields, factor } = read
      if (read.repeats || isNarrowed(read)) return undefined
      if (read.read === 'range' && read.limit !== undefined) return undefined
      const rows = rowsOf(cache, tables, read.dataset, symbols, fields)
      if (!rows) return undefined
      const joined = factor === undefined ? {} : joinedFactor(cache, tables, rows.dataset, factor)
      if (!joined) return undefined
      const names = factor === undefined ? fields : [...fields, FACTOR_COLUMN]
      if (read.read === 'at') return { ...rows, ...joined, names, from: daysOf(read.date), to: daysOf(read.date) }
      if (read.read === 'range')
        return { ...rows, ...joined, names, from: dayOf(read.start, -1), to: dayOf(read.end, 1) }
      const end = typeof read.end === 'object' ? lookedUp.get(read.end.lookup) : read.end
      const present = read.present === undefined ? {} : { present: read.present }
      return { ...rows, ...joined, ...present, names, from: Number.NEGATIVE_INFINITY, to: dayOf(end, 1), last: read.n }
    }
    case 'lastDate': {
      if (isNarrowed(read)) return undefined
      const rows = rowsOf(cache, tables, read.dataset, read.symbols, [])
      return rows && { ...rows, names: [], from: dayOf(read.start, -1), to: dayOf(read.end, 1), isLastDate: true }
    }
    case 'factors': {
      if (read.repeats || (read.except?.length ?? 0) > 0) return undefined
      const rows = rowsOf(cache, tables, read.dataset, read.symbols, [read.factor])
      if (!rows) return undefined
      const { symbol = '', date = '' } = rows.dataset
      const names = [symbol, date, read.factor]
      return { ...rows, names, present: read.factor, from: dayOf(read.since, -1), to: dayOf(read.until, 1) }
    }
    default:
      return undefined
  }
}

const dayOf = (day: string | undefined, open: -1 | 1): number =>
  day === undefined ? open * Number.POSITIVE_INFINITY : daysOf(day.slice(0, 10))

function isNarrowed({ equal, where }: { readonly equal?: object | undefined; readonly where?: object | undefined }) {
  return [...Object.values(equal ?? {}), ...Object.values(where ?? {})].some((value) => value !== undefined)
}

function rowsOf(
  cache: QueryCache,
  tables: Tables,
  name: string,
  symbols: readonly string[] | undefined,
  names: readonly string[],
): Pick<AskedRows, 'dataset' | 'symbols' | 'fields'> | undefined {
  const dataset = datasetOf(cache, name)
  const { symbol, date } = dataset
  if (symbol === undefined || date === undefined || !hasBlocks(dataset, tables)) return undefined
  if (symbols && !symbols.every(isPlainCode)) return undefined
  const fields = [...new Set(names)].filter((field) => field !== symbol && field !== date)
  if (!fields.every((field) => isNumber(dataset, field))) return undefined
  return { dataset, symbols: symbols && [...new Set(symbols)].sort(), fields }
}

/** Whether the rows of a dataset have one order, by symbol and date, and one row for each. */
function hasBlocks(dataset: Dataset, tables: Tables): boolean {
  const { key, symbol = '', date = '', fields } = dataset
  if (key.length !== 2 || !key.includes(symbol) || !key.includes(date)) return false
  if (hasMembers(dataset) || splitSymbolOf(dataset) !== undefined || !isOneTable(dataset, tables.shapeOf(dataset)))
    return false
  return fields[symbol]?.type === 'symbol' && fields[symbol].symbolFormat === undefined && fields[date]?.type === 'date'
}

const isNumber = ({ fields }: Dataset, field: string): boolean => {
  const type = fields[field]?.type
  return type !== undefined && type !== 'symbol' && type !== 'text'
}

/** The factors that are joined to rows; `undefined` where a factor of a block may be another number than a joined one. */
function joinedFactor(
  cache: QueryCache,
  tables: Tables,
  { adjustment }: Dataset,
  name: string,
): Required<Pick<AskedRows, 'factor'>> | undefined {
  const dataset = datasetOf(cache, name)
  const field = adjustment?.factor
  if (field === undefined || !hasBlocks(dataset, tables) || !tables.shapeOf(dataset)) return undefined
  const { type, numberFormat } = dataset.fields[field] ?? {}
  if (type !== 'float64' || numberFormat !== undefined || tables.singlesOf(dataset)?.has(field)) return undefined
  return { factor: { dataset, field } }
}
