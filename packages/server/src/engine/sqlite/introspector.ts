import type { DatabaseSync } from 'node:sqlite'
import { Kysely, type SqliteDatabase, SqliteDialect, sql } from 'kysely'
import type { Tables } from '../dialect.ts'
import type { Introspector } from '../introspector.ts'
import { readSqliteColumn } from './column-types.ts'
import { describeSqliteTable } from './describe.ts'
import { sqliteDialect } from './dialect.ts'
import { translateSqliteError } from './errors.ts'
import { SqliteFile } from './file.ts'
import { Handle } from './handles.ts'
import { toSqlite } from './reader.ts'
import { BUSY_WAIT_MS } from './when-unlocked.ts'

/** Opens an existing SQLite file for introspection. */
export function openSqliteIntrospector(file: string): Introspector {
  const handle = new Handle(new SqliteFile(file), 'read', undefined, BUSY_WAIT_MS)
  const kysely = new Kysely<Tables>({ dialect: new SqliteDialect({ database: forKysely(handle.database) }) })
  return {
    dialect: sqliteDialect,
    kysely,
    describe: async (table) => describeSqliteTable(handle, table),
    uniqueIndexes: async (table) => {
      const { rows } = await sql<{ name: string; part: string | null }>`
        select i.name, c.name as part from pragma_index_list(${table}) i, pragma_index_info(i.name) c
        where i."unique" = 1 and i.origin <> 'pk' and i.partial = 0 order by i.seq, c.seqno`.execute(kysely)
      return [...Map.groupBy(rows, ({ name }) => name).values()].flatMap((parts) =>
        parts.every(({ part }) => part !== null) ? [parts.map(({ part }) => part as string)] : [],
      )
    },
    // SQLite has no comments.
    commentOn: async () => '',
    readColumn: readSqliteColumn,
    sampled: (column, _type, characters) =>
      sql`case when typeof(${column}) in ('text', 'blob') then substr(${column}, 1, ${sql.lit(characters)}) else ${column} end`,
    version: async () => {
      const { rows } = await sql<{ version: string }>`select sqlite_version() as version`.execute(kysely)
      return `SQLite ${rows[0]?.version}`
    },
    translate: translateSqliteError,
    close: async () => {
      await kysely.destroy()
      // Kysely only closes connections that it has used.
      if (handle.database.isOpen) handle.database.close()
    },
  }
}

/** Adapts node:sqlite to Kysely's interface, which follows better-sqlite3; integers are always bigints. */
function forKysely(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (text) => {
      const statement = database.prepare(text)
      statement.setReadBigInts(true)
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...parameters.map(toSqlite)),
        run: (parameters) => statement.run(...parameters.map(toSqlite)),
        iterate: (parameters) => statement.iterate(...parameters.map(toSqlite)),
      }
    },
  }
}
