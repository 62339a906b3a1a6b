import {
  DummyDriver,
  type Expression,
  ExpressionWrapper,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  sql,
} from 'kysely'
import type { Dialect, Tables } from '../dialect.ts'
import { duckdbColumnTypes } from './column-types.ts'
import { duckdbDdl } from './ddl.ts'
import { duckdbExpressions } from './expressions.ts'
import { finiteColumn } from './finite.ts'
import { textNumber } from './text-number.ts'

/** Compiles for DuckDB 1.4 and later, whose names and parameters are written as PostgreSQL's are. */
export const duckdbDialect: Dialect = {
  kysely: new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  }),
  expressions: duckdbExpressions,
  columnTypes: duckdbColumnTypes,
  ddl: duckdbDdl,
  readable: ({ type, exact }, column) => (exact && type === 'text' ? sql`cast(${column} as varchar)` : column),
  comparable: ({ type, numberFormat, loose = false }, column) => {
    if (numberFormat !== undefined) return textNumber(type, column)
    if (type === 'text' || type === 'symbol') return byBytes(column)
    return loose && type === 'float64' ? new ExpressionWrapper(finiteColumn(column.toOperationNode())) : column
  },
  seeks: false,
  scans: true,
  joinsSlowly: false,
  joinInOrder: undefined,
  completesYears: false,
  givesMisfits: false,
  isOneOf: (column, values) => sql<boolean>`${byBytes(column)} in (${sql.join([...values])})`,
  distinctValues: (table, column, { numeric, midnight, where }) => {
    const value = sql.id('t', column)
    const text = sql`cast(${value} as varchar)`
    const shown = numeric ? withoutFraction(text) : text
    const conditions = [
      ...(midnight ? [sql`cast(${value} as time) <> time '00:00:00'`] : []),
      ...(where ? [where] : []),
    ]
    const rows = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`
    return {
      statement: sql`select distinct ${shown}, ${sql.lit(numeric ? 'number' : 'text')} from ${sql.id(table)} as t ${rows}`,
      long: true,
    }
  },
  slicedBy: ({ rowNumbers }) => (rowNumbers ? 'rowid' : undefined),
  isDateGiven: (column) => sql`(${column} is not null and cast(${column} as varchar) not in ('', '0', '0.0'))`,
  raise: (table, counter, by, where) =>
    sql`update ${table} set ${counter} = coalesce(${counter}, 0) + ${by} where ${where} returning ${counter}`,
  exactMoment: (value) => sql`cast(${value} as timestamp)`,
  asText: (value) => sql`cast(${value} as varchar)`,
  codes: (list) => sql`(select unnest(from_json(cast(${list} as json), '["VARCHAR"]')) as code)`,
}

/** A whole number that is kept as a double or a decimal, without its `.0`. */
export const withoutFraction = (text: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`regexp_replace(${text}, '[.]0+$', '')`

/** A column may have been declared to compare otherwise. */
const byBytes = (column: Expression<unknown>): RawBuilder<unknown> => sql`cast(${column} as varchar) collate "C"`
