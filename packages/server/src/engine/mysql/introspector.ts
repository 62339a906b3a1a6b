import { Kysely, MysqlDialect, MysqlIntrospector, type MysqlPool, sql, type TableMetadata } from 'kysely'
import type { PoolConnection } from 'mysql2'
import { createPool } from 'mysql2'
import type { Tables } from '../dialect.ts'
import type { Introspector } from '../introspector.ts'
import { connectionOptions } from './address.ts'
import { readMysqlColumn } from './column-types.ts'
import { describeMysqlTable } from './describe.ts'
import { mysqlDialect } from './dialect.ts'
import { translateMysqlError } from './errors.ts'
import { SessionSetup } from './prepare-session.ts'
import { pinsWith } from './session.ts'
import { takeReady } from './take-ready.ts'

/** Time limit of one query: a view may take an hour. MySQL counts in ms, MariaDB in s. */
const LIMITS = { max_execution_time: 20_000, max_statement_time: 20 }

/** Opens a MySQL or MariaDB database at a checked `mysql://` address for introspection. */
export function openMysqlIntrospector(address: string): Introspector {
  const pool = createPool({ ...connectionOptions(address), connectionLimit: 1, queueLimit: 100 })
  const setup = new SessionSetup(pinsWith(LIMITS))
  const ready: MysqlPool = {
    getConnection: (callback) => {
      // Kysely accepts the driver's connections, but declares fewer overloads.
      takeReady(pool, setup).then((connection) => callback(undefined, connection as never), callback as never)
    },
    end: (callback) => pool.end(callback),
  }
  const kysely = new Kysely<Tables>({ dialect: new TablesDialect({ pool: ready }) })
  const withConnection = async <Result>(act: (connection: PoolConnection) => Promise<Result>): Promise<Result> => {
    const connection = await takeReady(pool, setup)
    try {
      return await act(connection)
    } finally {
      connection.release()
    }
  }
  return {
    dialect: mysqlDialect,
    // Of `sql_generate_invisible_primary_key`.
    addedKey: 'my_row_id',
    kysely,
    describe: (table) => withConnection((connection) => describeMysqlTable(connection, table)),
    uniqueIndexes: async (table) => {
      const { rows } = await sql<{ name: string; part: string | null }>`
        select index_name as name, column_name as part from information_schema.statistics
        where table_schema = database() and table_name = ${table} and non_unique = 0 and index_name <> 'PRIMARY'
        order by index_name, seq_in_index`.execute(kysely)
      return [...Map.groupBy(rows, ({ name }) => name).values()].flatMap((parts) =>
        parts.every(({ part }) => part !== null) ? [parts.map(({ part }) => part as string)] : [],
      )
    },
    commentOn: async (table) => {
      const { rows } = await sql<{ comment: string }>`
        select table_comment as comment from information_schema.tables
        where table_schema = database() and table_name = ${table} and table_type <> 'VIEW'`.execute(kysely)
      return rows[0]?.comment ?? ''
    },
    readColumn: readMysqlColumn,
    sampled: (column, type, characters) => {
      if (/char|text/.test(type)) return sql`left(${column}, ${sql.lit(characters)})`
      return /blob|binary|json|geometry|point|polygon|linestring|vector/.test(type) ? sql`null` : column
    },
    // Codes and dates are shorter.
    indexed: (column, type) => (/text/.test(type) ? sql`${column}(32)` : column),
    version: async () => {
      const { rows } = await sql<{ version: string }>`select version() as version`.execute(kysely)
      const version = rows[0]?.version ?? ''
      return version.includes('MariaDB') ? `MariaDB ${version.split('-')[0]}` : `MySQL ${version}`
    },
    translate: translateMysqlError,
    close: () => kysely.destroy(),
  }
}

class TablesDialect extends MysqlDialect {
  override createIntrospector(kysely: Kysely<unknown>): TablesIntrospector {
    return new TablesIntrospector(kysely)
  }
}

/** Lists tables and views alone: MariaDB lists its sequences among them, as tables of one row. */
class TablesIntrospector extends MysqlIntrospector {
  readonly #kysely: Kysely<unknown>

  constructor(kysely: Kysely<unknown>) {
    super(kysely)
    this.#kysely = kysely
  }

  override async getTables(): Promise<TableMetadata[]> {
    const { rows } = await sql<{ name: string }>`
      select table_name as name from information_schema.tables
      where table_schema = database() and table_type = 'SEQUENCE'`.execute(this.#kysely)
    const sequences = new Set(rows.map(({ name }) => name))
    return (await super.getTables()).filter(({ name }) => !sequences.has(name))
  }
}
