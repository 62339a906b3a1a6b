import { type RawBuilder, sql } from 'kysely'
import { mysqlDialect } from '../engine/mysql/dialect.ts'
import { sqliteDialect } from '../engine/sqlite/dialect.ts'
import type { ForeignDatabase } from './foreign-database.ts'

/** Rows of a table that are looked at. */
const ROWS = 1_000
/** Characters of a text that are looked at: enough to tell a date or a code. */
const CHARACTERS = 40

/** How long a look at a table's rows may take. */
const TIMEOUT_MS = 30_000

/** Some values of every column, in the order of the columns. */
export async function sampleTable(
  { kysely, kind }: ForeignDatabase,
  table: string,
  columns: readonly { readonly name: string; readonly type: string }[],
): Promise<readonly (readonly unknown[])[]> {
  const selected = columns.map(({ name, type }, index) => sql`${shortened(kind, name, type)}`.as(`c${index}`))
  const rows = await kysely
    .selectFrom(sql<Record<string, unknown>>`${sql.id(table)}`.as('t'))
    .select(selected)
    .limit(ROWS)
    .execute({ signal: AbortSignal.timeout(TIMEOUT_MS) })
  return columns.map((_, index) => rows.map((row) => (row as Record<string, unknown>)[`c${index}`] ?? null))
}

/** Whether a text column's collation takes some of its values for equal although their bytes differ. */
export async function takesForSame({ kysely, kind }: ForeignDatabase, table: string, column: string): Promise<boolean> {
  const dialect = kind === 'mysql' ? mysqlDialect : sqliteDialect
  const values = sql.id('t', column)
  const { rows } = await sql<{ differ: unknown }>`
    select count(distinct ${values}) <> count(distinct ${dialect.comparable({ type: 'text' }, values)}) as differ
    from ${sql.id(table)} as t`.execute(kysely, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  return Number(rows[0]?.differ) === 1
}

/** The column itself, or its beginning where it may be long: a thousand long texts would be a lot to carry. */
function shortened(kind: ForeignDatabase['kind'], name: string, type: string): RawBuilder<unknown> {
  const column = sql.id('t', name)
  if (kind === 'mysql') {
    if (/char|text/.test(type)) return sql`left(${column}, ${sql.lit(CHARACTERS)})`
    // What is not read at all is not looked at either.
    return /blob|binary|json|geometry|point|polygon|linestring|vector/.test(type) ? sql`null` : column
  }
  const isLong = sql`typeof(${column}) in ('text', 'blob')`
  return sql`case when ${isLong} then substr(${column}, 1, ${sql.lit(CHARACTERS)}) else ${column} end`
}
