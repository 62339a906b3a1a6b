import {
  DummyDriver,
  type Expression,
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
  comparable: ({ type }, column) => (type === 'text' || type === 'symbol' ? byBytes(column) : column),
  seeks: false,
  scans: true,
  joinInOrder: undefined,
  givesMisfits: false,
  isOneOf: (column, values) => sql<boolean>`${byBytes(column)} in (${sql.join([...values])})`,
  distinctValues: (table, column, { numeric, where }) => ({
    statement: sql`select distinct cast(${sql.id('t', column)} as varchar), ${sql.lit(numeric ? 'number' : 'text')} from ${sql.id(table)} as t ${where ? sql`where ${where}` : sql``}`,
    long: true,
  }),
  slicedBy: ({ rowNumbers }) => (rowNumbers ? 'rowid' : undefined),
  isDateGiven: (column) => sql`(${column} is not null and cast(${column} as varchar) not in ('', '0'))`,
  asText: (value) => sql`cast(${value} as varchar)`,
  codes: (list) => sql`(select unnest(from_json(cast(${list} as json), '["VARCHAR"]')) as code)`,
}

/** A column may have been declared to compare otherwise. */
const byBytes = (column: Expression<unknown>): RawBuilder<unknown> => sql`cast(${column} as varchar) collate "C"`
