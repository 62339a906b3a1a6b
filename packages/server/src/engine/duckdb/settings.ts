import type { DuckDBConnection } from '@duckdb/node-api'
import type { Bounds } from '../../bounds/settings.ts'

/** The part of `--max-memory` that DuckDB may take for blocks of the file, sorts and joins. Resident memory includes it. */
const MEMORY_SHARE = 1 / 4

export type FileBounds = Pick<Bounds, 'maxMemoryBytes' | 'maxTempDiskBytes'>

/** What a file is opened with. */
export const openingOptions = (
  { maxMemoryBytes }: FileBounds,
  mode: 'read' | 'write',
  tempFolder: string,
): Record<string, string> => ({
  access_mode: mode === 'read' ? 'READ_ONLY' : 'READ_WRITE',
  memory_limit: `${Math.floor(maxMemoryBytes * MEMORY_SHARE)}B`,
  temp_directory: tempFolder,
  // With more, a sum of doubles depends on which thread added what first: the same query would give other last digits.
  threads: '1',
  enable_external_access: 'false',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  // As MySQL and SQLite order nulls, and divide by zero.
  default_null_order: 'nulls_first_on_asc_last_on_desc',
  ieee_floating_point_ops: 'false',
})

/** What can only be set on a connection, before nothing can be set any more. */
export async function lockSettings(connection: DuckDBConnection, { maxTempDiskBytes }: FileBounds): Promise<void> {
  // As an option of opening, DuckDB shows it and does not keep to it.
  await connection.run(`set global max_temp_directory_size = '${maxTempDiskBytes}B'`)
  await connection.run('load icu')
  await connection.run("set global TimeZone = 'UTC'")
  await connection.run('set lock_configuration = true')
}
