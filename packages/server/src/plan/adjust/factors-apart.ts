import type { Dataset } from '@stockdb/contract'
import { declared, fieldOf } from '../columns.ts'
import { datasetOf, type PlanContext } from '../plan-context.ts'
import type { RowsRead } from '../read.ts'
import type { RangeRead } from '../read-types.ts'
import { MARKET } from '../row-guess.ts'
import type { RowsPlan } from '../step.ts'

/** The fewest rows: a transaction of several statements takes longer than the database takes to join fewer. */
const LEAST_ROWS = 2_000
/** The fewest sessions of each symbol: the factors of a month before the first one are read as well. */
const LEAST_SESSIONS = 60
/** The same where all symbols are asked for: no index leads to their days, and all factors are looked through. */
const LEAST_SESSIONS_OF_ALL = 500

/** A range of rows whose factors are read apart from them. */
export type ApartRead = RangeRead & { readonly apart: true; readonly factor: string }

export const isApart = (read: RowsRead): read is ApartRead => read.read === 'range' && read.apart === true

/** The same read, of which the factors are read apart if that takes less than to have the database join them. */
export function withFactorsApart(context: PlanContext, read: RowsRead, guessedRows: number): RowsRead {
  if (!context.facts.joinsSlowly || read.read !== 'range' || !isLong(read, guessedRows)) return read
  return joinsAlike(context, read) ? { ...read, apart: true } : read
}

/** The same plan, whose rows and factors are joined by the database. */
export function withFactorsJoined<Plan extends RowsPlan>(plan: Plan): Plan {
  if (!isApart(plan.rows)) return plan
  const { apart: _, ...rows } = plan.rows
  return { ...plan, rows }
}

function isLong({ symbols, limit, equal, where }: RangeRead, guessedRows: number): boolean {
  // Of rows that are chosen otherwise there may be few.
  if (limit !== undefined || [...Object.values(equal ?? {}), ...Object.values(where ?? {})].some(isGiven)) return false
  const sessions = guessedRows / (symbols?.length ?? MARKET)
  return guessedRows >= LEAST_ROWS && sessions >= (symbols ? LEAST_SESSIONS : LEAST_SESSIONS_OF_ALL)
}

/** Whether rows and factors join here as they do in the database: by the same symbols and days, to the same numbers. */
function joinsAlike(context: PlanContext, { dataset: name, factor, repeats }: RangeRead): boolean {
  const dataset = datasetOf(context, name)
  const field = dataset.adjustment?.factor
  if (factor === undefined || field === undefined || repeats) return false
  const factors = datasetOf(context, factor)
  const singles = context.facts.singlesOf?.(factors)
  const { type, numberFormat } = declared(factors, field)
  const isPlain = type === 'float64' && numberFormat === undefined && singles?.has(field) === false
  return isPlain && hasPlainKey(dataset) && hasPlainKey(factors)
}

const hasPlainKey = (dataset: Dataset): boolean =>
  declared(dataset, fieldOf(dataset, 'symbol')).symbolFormat === undefined &&
  declared(dataset, fieldOf(dataset, 'date')).dateFormat === undefined

const isGiven = (value: unknown): boolean => value !== undefined
