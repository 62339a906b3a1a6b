import type { Dataset } from '@stockdb/contract'
import { columnName, type StoredValue } from '@stockdb/contract/internal'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Dialect, Tables } from './dialect.ts'
import type { MergedKey } from './engine.ts'
import { writersOf } from './stored.ts'
import { tableId } from './table-ref.ts'
import type { TableShape } from './table-shape.ts'

/**
 * The key fields whose columns may treat different texts as equal, because they ignore case, accents or trailing
 * spaces.
 */
export function looseKeyFields({ columnTypes }: Dialect, dataset: Dataset, { columns, made }: TableShape): string[] {
  const collations = new Map(columns.map(({ name, collation }) => [name, collation]))
  return dataset.key.filter((name) => {
    const collation = collations.get(columnName(dataset, name))
    return collation !== undefined && columnTypes.isLoose(collation, made)
  })
}

/** SQL of an engine to find keys that its table treats as equal. */
export interface MergedKeyQuery {
  readonly kysely: Kysely<Tables>
  /** Equality as in the table, including nulls. */
  equal(column: RawBuilder<unknown>): RawBuilder<unknown>
  /** Whether the bytes of texts differ. */
  differs(column: RawBuilder<unknown>): RawBuilder<unknown>
  /** A column as text. */
  text(column: RawBuilder<unknown>): RawBuilder<unknown>
  /** Maximum keys per statement; a power of two, so that few statements are prepared. */
  readonly most: number
  ask(statement: string, parameters: readonly StoredValue[]): Promise<readonly (readonly (string | null)[])[]>
}

/** The first of the rows just written for which the table has a key with different bytes. */
export async function findMergedKey(
  { most, ask, ...query }: MergedKeyQuery,
  dataset: Dataset,
  fields: readonly string[],
  rows: readonly (readonly StoredValue[])[],
  loose: readonly string[],
): Promise<MergedKey | undefined> {
  const keep = writersOf(dataset, fields)
  const at = new Map(dataset.key.map((name) => [name, fields.indexOf(name)]))
  const order = [...dataset.key, ...loose].map((name) => at.get(name) ?? -1)
  const statements = new Map<number, string>()
  const inTable = (from: number, size: number): ReturnType<typeof ask> => {
    const stored = rows.slice(from, from + size).map(keep)
    const parameters = stored.flatMap((row) => order.map((index) => row[index] ?? null))
    const statement = statements.get(size) ?? statementOf(query, dataset, loose, size)
    statements.set(size, statement)
    return ask(statement, parameters)
  }
  for (let from = 0; from < rows.length; ) {
    const size = Math.min(most, 2 ** Math.floor(Math.log2(rows.length - from)))
    const isIn = (await inTable(from, size)).length > 0
    // Finding the row takes one statement per row, which is fine, as nothing will be written.
    for (let row = from; isIn && row < from + size; row++) {
      const [texts] = await inTable(row, 1)
      if (texts) return { row, stored: Object.fromEntries(loose.map((name, index) => [name, texts[index] ?? null])) }
    }
    from += size
  }
  return undefined
}

function statementOf(
  { kysely, equal, differs, text }: Pick<MergedKeyQuery, 'kysely' | 'equal' | 'differs' | 'text'>,
  dataset: Dataset,
  loose: readonly string[],
  size: number,
): string {
  const columnOf = (name: string): RawBuilder<unknown> => sql.id(columnName(dataset, name))
  const same = dataset.key.map((name) => equal(columnOf(name)))
  const others = loose.map((name) => differs(columnOf(name)))
  const one = sql`(${sql.join(same, sql` and `)} and (${sql.join(others, sql` or `)}))`
  const any = sql.join(
    Array.from({ length: size }, () => one),
    sql` or `,
  )
  const table = tableId(dataset)
  return sql`select ${sql.join(loose.map((name) => text(columnOf(name))))} from ${table} where ${any} limit 1`.compile(
    kysely,
  ).sql
}
