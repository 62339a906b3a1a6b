import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely'
import type { Dialect, Tables } from '../dialect.ts'

/** Julian day of 1970-01-01 00:00. */
const JULIAN_1970 = '2440587.5'

export const sqliteDialect: Dialect = {
  kysely: new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  }),
  readable(type, column) {
    // A text that is no date stays what it is, and is refused when it is read; as a null it would pass.
    if (type === 'date') return sql`coalesce(julianday(${column}) - ${sql.raw(JULIAN_1970)}, ${column})`
    if (type === 'datetime') {
      return sql`coalesce(round((julianday(${column}) - ${sql.raw(JULIAN_1970)}) * 86400000), ${column})`
    }
    return column
  },
}
