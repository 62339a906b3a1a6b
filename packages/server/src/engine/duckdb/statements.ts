import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBResult } from '@duckdb/node-api'
import type { StatementOutcome } from '../engine.ts'

/** The id of results that are a number of changed rows. */
const CHANGED_ROWS = 1

/** Prepares a statement and binds values to it: numbers as doubles, as the other databases are given them. */
export async function prepared(
  connection: DuckDBConnection,
  sql: string,
  parameters: readonly unknown[],
): Promise<DuckDBPreparedStatement> {
  const statement = await connection.prepare(sql)
  for (const [at, value] of parameters.entries()) bindValue(statement, at + 1, value)
  return statement
}

/** A number with a fraction, such as the moment 09:35:30 in `YYYYMMDDHHMM`. */
const WITH_FRACTION = /^-?\d+\.\d+$/
/** The type ids of whole numbers, of 8 to 128 bits. */
const WHOLE: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 7, 8, 9, 16])

function bindValue(statement: DuckDBPreparedStatement, at: number, value: unknown): void {
  // Compared with a column of whole numbers, a text would be rounded to one.
  if (typeof value === 'string' && WITH_FRACTION.test(value) && WHOLE.has(statement.parameterTypeId(at)))
    statement.bindDouble(at, Number(value))
  else if (typeof value === 'string') statement.bindVarchar(at, value)
  else if (typeof value === 'number') statement.bindDouble(at, value)
  else if (typeof value === 'bigint') statement.bindBigInt(at, value)
  else if (typeof value === 'boolean') statement.bindBoolean(at, value)
  else statement.bindNull(at)
}

/** Runs a statement and gives all its rows, which must be few. */
export async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<unknown[][]> {
  const result = await runOn(connection, sql, parameters)
  return result.getRows()
}

/** Runs a statement; returns its rows, or how many rows it changed. */
export async function outcomeOf(
  connection: DuckDBConnection,
  sql: string,
  parameters: readonly unknown[],
): Promise<StatementOutcome> {
  const result = await runOn(connection, sql, parameters)
  // A statement that changes rows answers with one row, their number.
  if (result.returnType === CHANGED_ROWS) return { rows: [], changed: result.rowsChanged }
  return { rows: await result.getRows(), changed: 0 }
}

/** Runs a statement of several rows' worth of work at once. */
export async function runOn(
  connection: DuckDBConnection,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<DuckDBResult> {
  const statement = await prepared(connection, sql, parameters)
  try {
    return await statement.run()
  } finally {
    statement.destroySync()
  }
}
