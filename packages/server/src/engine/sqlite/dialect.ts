import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely'
import type { Dialect, Tables } from '../dialect.ts'
import { sqliteExpressions } from './expressions.ts'
import { numberReader } from './loose-numbers.ts'

export const sqliteDialect: Dialect = {
  kysely: new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  }),
  expressions: sqliteExpressions,
  readable: ({ stored }, column) => (stored === 'DECIMAL' ? sql`cast(${column} as text)` : column),
  // A column may have been declared to compare otherwise; an index of its own order is used as before.
  comparable: ({ type, loose = false }, column) => {
    if (type === 'text' || type === 'symbol') return sql`${column} collate binary`
    const reader = numberReader(type, loose)
    return reader ? sql`case when ${column} >= '' then ${sql.raw(reader)}(${column}) else ${column} end` : column
  },
  seeks: true,
  isOneOf: (column, values) => sql<boolean>`${column} collate binary in (${sql.join([...values])})`,
  codes: (list) => sql`(select value as code from json_each(${list}))`,
}
