import { type RawBuilder, sql } from 'kysely'
import type { Introspector } from '../engine/introspector.ts'

/** Rows of a table that are inspected. */
const ROWS = 1_000
/** Characters of a text that are inspected: enough to recognise a date or a code. */
const CHARACTERS = 40

/** How long inspecting a table's rows may take. */
const TIMEOUT_MS = 30_000

/** Some values of every column, in the order of the columns; of the rows of `t` that meet a condition, if there is one. */
export async function sampleTable(
  database: Introspector,
  table: string,
  columns: readonly { readonly name: string; readonly type: string }[],
  where?: RawBuilder<boolean>,
): Promise<readonly (readonly unknown[])[]> {
  const selected = columns.map(({ name, type }, index) =>
    sql`${database.sampled(sql.id('t', name), type, CHARACTERS)}`.as(`c${index}`),
  )
  const all = database.kysely.selectFrom(sql<Record<string, unknown>>`${sql.id(table)}`.as('t')).select(selected)
  const rows = await (where ? all.where(where) : all).limit(ROWS).execute({ signal: AbortSignal.timeout(TIMEOUT_MS) })
  return columns.map((_, index) => rows.map((row) => (row as Record<string, unknown>)[`c${index}`] ?? null))
}

/** Whether a text column's collation treats some of its values as equal although their bytes differ. */
export async function takesForSame({ kysely, dialect }: Introspector, table: string, column: string): Promise<boolean> {
  const values = sql.id('t', column)
  const { rows } = await sql<{ differ: unknown }>`
    select count(distinct ${values}) <> count(distinct ${dialect.comparable({ type: 'text' }, values)}) as differ
    from ${sql.id(table)} as t`.execute(kysely, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  return Number(rows[0]?.differ) === 1
}
