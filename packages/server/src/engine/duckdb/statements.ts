import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBResult } from '@duckdb/node-api'

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

function bindValue(statement: DuckDBPreparedStatement, at: number, value: unknown): void {
  if (typeof value === 'string') statement.bindVarchar(at, value)
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
