import type { DateFormat } from '@stockdb/contract'
import { epochOf } from '@stockdb/contract/internal'
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
import { mysqlColumnTypes } from './column-types.ts'
import { mysqlDdl } from './ddl.ts'
import { mysqlExpressions } from './expressions.ts'
import { textNumber } from './text-number.ts'

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
  expressions: mysqlExpressions,
  columnTypes: mysqlColumnTypes,
  ddl: mysqlDdl,
  // The bare column, so that the database reports its type with every answer.
  readable: (_field, column) => column,
  comparable({ type, dateFormat, numberFormat, loose, fine }, column) {
    if (numberFormat !== undefined) return textNumber(type, column)
    // Collations, utf8mb4_bin among them, take "a" and "a " for equal.
    if (type === 'text') return bytesOf(column)
    // Values are rounded to the type of a bare column: a DECIMAL, a DATETIME of whole seconds, an epoch.
    if (fine && dateFormat === undefined) return sql`cast(${column} as datetime(6))`
    if ((fine && epochOf(dateFormat as DateFormat)) || (loose && type === 'float64')) return sql`(${column} * 1e0)`
    return column
  },
  seeks: false,
  scans: false,
  joinsSlowly: true,
  joinInOrder: sql`straight_join`,
  completesYears: true,
  givesMisfits: true,
  isOneOf(column, values) {
    const list = sql.join([...values])
    return sql<boolean>`(${column} in (${list}) and ${bytesOf(column)} in (${list}))`
  },
  distinctValues: (table, column, { numeric, midnight, where }) => ({
    statement: midnight
      ? sql`select distinct cast(${sql.id('t', column)} as char), 'text' from ${sql.id(table)} as t
          where time(${sql.id('t', column)}) <> time '00:00:00' ${where ? sql`and ${where}` : sql``}`
      : sql`select distinct ${sql.id('t', column)}, ${sql.lit(numeric ? 'number' : 'text')} from ${sql.id(table)} as t ${where ? sql`where ${where}` : sql``}`,
    long: true,
  }),
  slicedBy({ columns, indexes }) {
    const types = new Map(columns.map(({ name, type }) => [name, type]))
    return indexes.flatMap(([first]) => first ?? []).find((first) => EXACT.test(types.get(first) ?? ''))
  },
  isDateGiven: (column) => sql`(${column} is not null and ${column} <> '' and ${column} <> 0)`,
  raise: (table, counter, by, where) =>
    sql`update ${table} set ${counter} = last_insert_id(coalesce(${counter}, 0) + ${by}) where ${where}`,
  asText: (value) => sql`cast(${value} as char)`,
  // In the character set of our codes, so that their index is used.
  codes: (list) =>
    sql`json_table(${list}, '$[*]' columns (code varchar(32) character set ascii collate ascii_bin path '$'))`,
}

/** Types whose values survive conversion to text. */
const EXACT = /^(?:(?:var)?char|(?:tiny|small|medium|big)?int|date|datetime|timestamp)\b/i

const bytesOf = (column: Expression<unknown>): RawBuilder<unknown> =>
  sql`cast(convert(${column} using utf8mb4) as binary)`
