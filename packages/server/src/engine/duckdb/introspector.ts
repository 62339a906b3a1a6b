import {
  type CompiledQuery,
  type DatabaseConnection,
  Kysely,
  PostgresAdapter,
  PostgresQueryCompiler,
  sql,
  type TableMetadata,
} from 'kysely'
import type { Bounds } from '../../bounds/settings.ts'
import type { Tables } from '../dialect.ts'
import type { Introspector } from '../introspector.ts'
import { readDuckdbColumn } from './column-types.ts'
import { describeDuckdbTable } from './describe.ts'
import { duckdbDialect, withoutFraction } from './dialect.ts'
import { translateDuckdbError } from './errors.ts'
import { DuckdbFile, type Lease } from './file.ts'
import { prepared, rowsOf } from './statements.ts'

const HERE = 'database_name = current_database() and schema_name = current_schema() and not internal'
const COLUMNS = `select table_name, column_name, data_type, is_nullable, comment from duckdb_columns() where ${HERE} order by table_name, column_index`
const TABLES = `select table_name, false from duckdb_tables() where ${HERE} union all select view_name, true from duckdb_views() where ${HERE} order by 1`

/** Opens a DuckDB file, which must be there, for introspection. */
export function openDuckdbIntrospector(path: string, bounds: Bounds): Introspector {
  const file = DuckdbFile.of(path, bounds)
  const withConnection = async <Result>(act: (lease: Lease) => Promise<Result>): Promise<Result> => {
    const lease = await file.lease()
    try {
      return await act(lease)
    } finally {
      lease.discard()
    }
  }
  const all = (text: string, ...parameters: string[]): Promise<unknown[][]> =>
    withConnection(({ connection }) => rowsOf(connection, text, parameters))
  const getTables = async (): Promise<TableMetadata[]> => {
    const columns = Map.groupBy(
      (await all(COLUMNS)) as [string, string, string, boolean, string | null][],
      ([table]) => table,
    )
    return ((await all(TABLES)) as [string, boolean][]).map(([name, isView]) => ({
      name,
      isView,
      isForeign: false,
      columns: (columns.get(name) ?? []).map(([, column, dataType, isNullable, comment]) => ({
        name: column,
        ...{ dataType, isNullable, isAutoIncrementing: false, hasDefaultValue: false },
        ...(comment === null ? {} : { comment }),
      })),
    }))
  }
  const kysely = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createDriver: () => driverOf(file),
      createIntrospector: () => ({
        getTables,
        getSchemas: async () => [],
        getMetadata: async () => ({ tables: await getTables() }),
      }),
    },
  })
  return {
    dialect: duckdbDialect,
    kysely,
    describe: (table) => withConnection(({ connection }) => describeDuckdbTable(connection, table)),
    uniqueIndexes: async (table) => {
      const shape = await withConnection(({ connection }) => describeDuckdbTable(connection, table))
      const others = shape?.unique.filter((index) => index.join() !== shape.key.join()) ?? []
      return others.flatMap((index) => (index.every((part) => part !== null) ? [index as string[]] : []))
    },
    commentOn: async (table) => {
      const rows = await all(`select comment from duckdb_tables() where ${HERE} and table_name = $1`, table)
      return String(rows[0]?.[0] ?? '')
    },
    readColumn: readDuckdbColumn,
    sampled: (column, type, characters) => {
      if (/^(varchar|enum|uuid)/i.test(type)) return sql`left(cast(${column} as varchar), ${sql.lit(characters)})`
      const text = sql`cast(${column} as varchar)`
      if (/^(double|decimal)/i.test(type)) return withoutFraction(text)
      return /^(date|time|u?(tiny|small|big|huge)int|u?integer|boolean)/i.test(type) ? text : sql`null`
    },
    version: async () => `DuckDB ${String((await all('select version()'))[0]?.[0]).replace(/^v/, '')}`,
    translate: translateDuckdbError,
    close: async () => {
      await kysely.destroy()
      await file.close()
    },
  }
}

type Leased = DatabaseConnection & { readonly lease: Lease }

/** What executes Kysely's statements: each on a connection of the file. */
function driverOf(file: DuckdbFile) {
  const refuse = async (): Promise<never> => {
    throw new Error('introspection only reads')
  }
  return {
    init: async () => {},
    acquireConnection: async (): Promise<Leased> => {
      const lease = await file.lease()
      return {
        lease,
        executeQuery: async <R>({ sql: text, parameters }: CompiledQuery) => {
          const statement = await prepared(lease.connection, text, parameters)
          const result = await statement.run()
          return { rows: (await result.getRowObjects()) as R[] }
        },
        streamQuery: refuse as never,
      }
    },
    releaseConnection: async (connection: DatabaseConnection) => (connection as Leased).lease.giveBack(),
    ...{ beginTransaction: refuse, commitTransaction: refuse, rollbackTransaction: refuse },
    destroy: async () => {},
  }
}
