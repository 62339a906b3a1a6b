import type { Dataset } from '@stockdb/contract'
import { hasMembers, tableName } from '@stockdb/contract/internal'
import { type ErrorCode, type Holdings, StockdbError } from '@stockdb/contract/wire'
import { deadline } from '../engine/deadline.ts'
import type { Engine, RowSource } from '../engine/engine.ts'
import { LockWait } from '../engine/lock-wait.ts'
import type { QueryCache } from '../plan/prepared-query.ts'
import { selectHoldings } from '../plan/select-holdings.ts'
import { collect } from './collect.ts'

/** The time limit per table: one that is locked or very large must not delay the others. */
const DATASET_TIMEOUT_MS = 10_000
const tooSlow = new StockdbError(
  'QUERY_TIMEOUT',
  `its rows were not counted within ${DATASET_TIMEOUT_MS} ms; another session may hold a lock on it, or it lacks an index`,
)
const OF_TABLE: ReadonlySet<ErrorCode> = new Set(['SCHEMA_MISMATCH', 'QUERY_TIMEOUT', 'INTERNAL'])

/** Whether something waited too long, as for a table that another session has locked. */
const isOfLock = (error: unknown): boolean =>
  error instanceof LockWait || (error instanceof StockdbError && error.code === 'QUERY_TIMEOUT')

/** Row counts and dates of datasets by name, or the reason why one cannot be read. */
type Counted = ReadonlyMap<string, Holdings | StockdbError>

/**
 * Counts the rows of datasets in one state of the database; tables without transactions, and datasets with several tables, are
 * counted one by one. A problem
 * with one table does not affect the others. Throws what concerns all of them: the database is gone, the caller has left, the
 * snapshot expired.
 */
export async function countHoldings(
  engine: Engine,
  cache: QueryCache,
  datasets: readonly Dataset[],
  signal: AbortSignal,
): Promise<Counted> {
  const [together, alone]: [Dataset[], Dataset[]] = [[], []]
  // To hold hundreds of tables takes longer than to count them, by one statement.
  const isHeld = async (dataset: Dataset): Promise<boolean> =>
    !hasMembers(dataset) && (await engine.keepsTransactions(dataset, signal))
  for (const dataset of datasets) ((await isHeld(dataset)) ? together : alone).push(dataset)
  const found = await countTogether(engine, cache, together, signal)
  for (const dataset of alone) found.set(dataset.name, await countOrProblem(engine, cache, dataset, signal))
  return found
}

async function countTogether(
  engine: Engine,
  cache: QueryCache,
  datasets: readonly Dataset[],
  signal: AbortSignal,
): Promise<Map<string, Holdings | StockdbError>> {
  const problems = new Map<string, StockdbError>()
  while (true) {
    const found = new Map<string, Holdings | StockdbError>(problems)
    const left = datasets.filter(({ name }) => !problems.has(name))
    if (left.length === 0) return found
    const snapshot = await engine.snapshot(left, signal).catch((error: unknown) => {
      if (isOfLock(error) && !signal.aborted) return undefined
      throw error
    })
    if (!snapshot) {
      // One of the tables is locked, and only reading each of them shows which.
      for (const dataset of left) found.set(dataset.name, await countOrProblem(engine, cache, dataset, signal))
      return found
    }
    let problem: StockdbError | undefined
    try {
      for (const dataset of left) {
        const one = await countOrProblem(snapshot, cache, dataset, signal)
        found.set(dataset.name, one)
        if (!(one instanceof StockdbError)) continue
        problem = one
        problems.set(dataset.name, one)
        break
      }
    } finally {
      snapshot.end()
    }
    // A failed read ends its snapshot, so the others are counted again in a new one.
    if (!problem) return found
  }
}

async function countOrProblem(
  source: RowSource,
  cache: QueryCache,
  dataset: Dataset,
  signal: AbortSignal,
): Promise<Holdings | StockdbError> {
  const late = deadline(DATASET_TIMEOUT_MS)
  try {
    return await count(source, cache, dataset, AbortSignal.any([signal, late]))
  } catch (error) {
    return problemOf(dataset, late.aborted && !signal.aborted ? tooSlow : error, signal)
  }
}

/** The failure with the name of its table; throws failures of the database or the call. */
export function problemOf(dataset: Dataset, error: unknown, signal: AbortSignal): StockdbError {
  if (signal.aborted || !(error instanceof StockdbError)) throw error
  if (!OF_TABLE.has(error.code) && !(error instanceof LockWait)) throw error
  const table = tableName(dataset)
  if (error.message.includes(table)) return error
  return new StockdbError(error.code, `table ${table}: ${error.message}`, { cause: error })
}

async function count(source: RowSource, cache: QueryCache, dataset: Dataset, signal: AbortSignal): Promise<Holdings> {
  const [rows, symbols, first, last] = (await collect(source, selectHoldings(cache, dataset), signal)).map(
    (values) => values[0],
  )
  return {
    rows: Number(rows),
    ...(dataset.date === undefined
      ? {}
      : { firstDate: (first as string | null) ?? null, lastDate: (last as string | null) ?? null }),
    ...(dataset.symbol === undefined ? {} : { symbols: Number(symbols) }),
  }
}
