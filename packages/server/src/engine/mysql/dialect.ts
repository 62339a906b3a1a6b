import type { StoredForm } from '@stockdb/contract'
import {
  DummyDriver,
  type Expression,
  Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  type RawBuilder,
  sql,
} from 'kysely'
import type { Dialect, Tables } from '../dialect.ts'

/** Days from MySQL's year 0 to 1970-01-01. */
const DAYS_TO_1970 = '719528e0'

/** Forms of text dates as `str_to_date` writes them; what else is kept as text is read by the database as it is. */
const textForms: Partial<Record<StoredForm, string>> = { YYYYMMDD: '%Y%m%d', 'YYYY-MM-DD': '%Y-%m-%d' }

/** Compiles for MySQL 8.0 and later and MariaDB 10.6 and later. */
export const mysqlDialect: Dialect = {
  kysely: new Kysely<Tables>({
    dialect: {
      createAdapter: () => new MysqlAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new MysqlIntrospector(db),
      createQueryCompiler: () => new MysqlQueryCompiler(),
    },
  }),
  readable({ type, stored }, column) {
    if (stored !== undefined) return readText(stored, column)
    // As a double a date is read from the binary row in one step; as a DATE it is built up as text and taken apart
    // again, which doubles the time of a bulk read.
    if (type === 'date') return sql`to_days(${column}) - ${sql.raw(DAYS_TO_1970)}`
    // Rounded, because a table that is not ours may keep microseconds.
    if (type === 'datetime') return sql`round(timestampdiff(microsecond, '1970-01-01', ${column}) / 1000e0)`
    // A BIT(1) would arrive as bytes.
    if (type === 'bool') return sql`${column} + 0`
    return column
  },
  comparable({ type }, column) {
    // Its collations, utf8mb4_bin among them, take "a" and "a " for equal.
    return type === 'text' ? bytesOf(column) : column
  },
  seeks: false,
  isOneOf(column, values) {
    const list = sql.join([...values])
    return sql<boolean>`(${column} in (${list}) and ${bytesOf(column)} in (${list}))`
  },
  // In the character set of our codes, so that their index is used.
  codes: (list) =>
    sql`json_table(${list}, '$[*]' columns (code varchar(32) character set ascii collate ascii_bin path '$'))`,
}

const bytesOf = (column: Expression<unknown>): RawBuilder<unknown> =>
  sql`cast(convert(${column} using utf8mb4) as binary)`

/** What is no date becomes a text, which is refused when it is read; an empty text stands for none. */
function readText(stored: StoredForm, column: Expression<unknown>): RawBuilder<unknown> {
  if (stored === 'DECIMAL') return sql`cast(${column} as char)`
  const form = textForms[stored]
  const given = sql`nullif(${column}, '')`
  const read = form
    ? sql`to_days(str_to_date(${given}, ${sql.lit(form)})) - ${sql.raw(DAYS_TO_1970)}`
    : sql`round(timestampdiff(microsecond, '1970-01-01', cast(${given} as datetime(6))) / 1000e0)`
  return sql`coalesce(${read}, concat('text ', ${given}))`
}
