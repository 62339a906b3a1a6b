import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely'
import type { Dialect, Tables } from '../dialect.ts'
import { numberReader } from './loose-numbers.ts'

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
  readable({ type, stored }, kept) {
    if (stored === 'DECIMAL') return sql`cast(${kept} as text)`
    if (type !== 'date' && type !== 'datetime') return kept
    // An empty text, or the number 0, stands for no date.
    const given = stored === undefined ? kept : sql`nullif(nullif(${kept}, ''), 0)`
    // What is no date becomes a text, which is refused when it is read; as the null of julianday() it would pass.
    const orText = sql`'text ' || ${given}`
    const column =
      stored === 'YYYYMMDD'
        ? sql`substr(${given}, 1, 4) || '-' || substr(${given}, 5, 2) || '-' || substr(${given}, 7)`
        : given
    if (type === 'date') return sql`coalesce(julianday(${column}) - ${sql.raw(JULIAN_1970)}, ${orText})`
    return sql`coalesce(round((julianday(${column}) - ${sql.raw(JULIAN_1970)}) * 86400000), ${orText})`
  },
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
