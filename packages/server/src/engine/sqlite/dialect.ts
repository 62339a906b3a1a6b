import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely'
import type { Dialect, Tables } from '../dialect.ts'

export const sqliteDialect: Dialect = {
  kysely: new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  }),
  readable: ({ stored }, column) => (stored === 'DECIMAL' ? sql`cast(${column} as text)` : column),
  // A column may have been declared to compare otherwise; an index of its own order is used as before.
  comparable: ({ type }, column) => (type === 'text' || type === 'symbol' ? sql`${column} collate binary` : column),
  seeks: true,
  isOneOf: (column, values) => sql<boolean>`${column} collate binary in (${sql.join([...values])})`,
  codes: (list) => sql`(select value as code from json_each(${list}))`,
}
