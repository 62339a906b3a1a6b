import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely'
import type { Dialect, Tables } from '../dialect.ts'
import { sqliteColumnTypes } from './column-types.ts'
import { sqliteDdl } from './ddl.ts'
import { sqliteExpressions } from './expressions.ts'
import { numberReader } from './loose-numbers.ts'
import { textNumber } from './text-number.ts'

/** Name of the rowid, if no column has this name. */
const ROW_NUMBERS = ['rowid', '_rowid_', 'oid']

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
  columnTypes: sqliteColumnTypes,
  ddl: sqliteDdl,
  readable: ({ type, exact }, column) => (exact && type === 'text' ? sql`cast(${column} as text)` : column),
  // A column may have been declared to compare otherwise; an index of its own order is used as before.
  comparable: ({ type, numberFormat, loose = false }, column) => {
    if (numberFormat !== undefined) return textNumber(type, column)
    if (type === 'text' || type === 'symbol') return sql`${column} collate binary`
    const reader = numberReader(type, loose)
    return reader ? sql`case when ${column} >= '' then ${sql.raw(reader)}(${column}) else ${column} end` : column
  },
  seeks: true,
  scans: false,
  joinsSlowly: false,
  // SQLite takes 500.
  maxUnion: 400,
  joinInOrder: undefined,
  completesYears: false,
  givesMisfits: false,
  isOneOf: (column, values) => sql<boolean>`${column} collate binary in (${sql.join([...values])})`,
  distinctValues: (table, column, { indexed, where }) => {
    const [from, value] = [sql.id(table), sql.id('t', column)]
    const kind = sql`case when typeof(v) in ('integer', 'real') then 'number' else 'text' end`
    // Steps from each value to the next one in the index.
    const step = sql`with recursive s(v) as (
      select min(${value}) from ${from} as t
      union all select (select min(${value}) from ${from} as t where ${value} > s.v) from s where s.v is not null)
      select v, ${kind} from s where v is not null`
    const whole = sql`select v, ${kind} from (select distinct ${value} as v from ${from} as t ${where ? sql`where ${where}` : sql``})`
    return { statement: indexed ? step : whole, long: !indexed }
  },
  slicedBy({ columns, rowNumbers }) {
    const names = new Set(columns.map(({ name }) => name.toLowerCase()))
    return rowNumbers ? ROW_NUMBERS.find((name) => !names.has(name)) : undefined
  },
  isDateGiven: (column) => sql`(${column} is not null and ${column} <> '' and ${column} <> 0)`,
  raise: (table, counter, by, where) =>
    sql`update ${table} set ${counter} = coalesce(${counter}, 0) + ${by} where ${where} returning ${counter}`,
  asText: (value) => sql`cast(${value} as text)`,
  codes: (list) => sql`(select value as code from json_each(${list}))`,
}
