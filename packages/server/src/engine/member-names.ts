import type { Dataset, DateFormat } from '@stockdb/contract'
import { columnName, isUnordered, type Member, namedSymbol, show } from '@stockdb/contract/internal'
import { plainValues } from '@stockdb/contract/wire'
import { type RawBuilder, sql } from 'kysely'
import type { DescribedTable } from './described-table.ts'
import type { Engine, ReadColumn } from './engine.ts'
import type { Search } from './format-search.ts'
import { inOrder } from './unordered-dates.ts'

/** A column of dates or codes to find the least and the greatest value of. */
type Kept = Pick<ReadColumn, 'name' | 'type' | 'nullable'> & { readonly dateFormat?: DateFormat }

interface NamedTable extends DescribedTable {
  readonly member: Member
}

/**
 * Searches tables for rows that are not those which their names say: of another year, or of another symbol, where the tables
 * have a column for it too. Calls that only read the tables whose names fit would miss such rows.
 */
export function searchesOfNames(engine: Engine, dataset: Dataset, tables: readonly NamedTable[]): readonly Search[] {
  return tables.flatMap((table) => [...searchOfDays(engine, table), ...searchOfSymbol(engine, dataset, table)])
}

function searchOfDays(engine: Engine, { member, dataset, shape }: NamedTable): readonly Search[] {
  const { table, from, to } = member
  const { date } = dataset
  if (from === undefined || to === undefined || date === undefined) return []
  const column = columnName(dataset, date)
  const { type, dateFormat } = dataset.fields[date] ?? { type: 'date' }
  const quick = shape.indexes.some(([first]) => first === column)
  const stored = sql.id('t', column)
  const kept = { name: date, type, nullable: true, ...(dateFormat === undefined ? {} : { dateFormat }) }
  const run = async (signal: AbortSignal): Promise<string | undefined> => {
    const compared = isUnordered(dateFormat) ? inOrder(stored) : stored
    const days = await edgesOf(engine, table, { value: compared, column: kept, long: !quick }, signal)
    const other = days.find((day) => day.slice(0, 10) < from || day.slice(0, 10) > to)
    return other === undefined
      ? undefined
      : `table ${table}, column ${column}: got ${other}; expected dates from ${from} to ${to}, as the name of the table says`
  }
  return [{ quick, run }]
}

function searchOfSymbol(engine: Engine, dataset: Dataset, { member, shape }: NamedTable): readonly Search[] {
  const { table, symbol } = member
  if (symbol === undefined || dataset.symbol === undefined || dataset.wide) return []
  const column = columnName(dataset, dataset.symbol)
  if (!shape.columns.some(({ name }) => name === column)) return []
  const quick = shape.indexes.some(([first]) => first === column)
  const code: Kept = { name: 'code', type: 'text', nullable: true }
  const run = async (signal: AbortSignal): Promise<string | undefined> => {
    const text = sql`${engine.dialect.asText(sql.id('t', column))}`
    const codes = await edgesOf(engine, table, { value: text, column: code, long: !quick }, signal)
    // A table that is named for its code without an exchange may hold it without one too.
    const other = codes.find((code) => code !== symbol && namedSymbol(code, dataset.tables?.notation) !== symbol)
    return other === undefined
      ? undefined
      : `table ${table}, column ${column}: got ${show(other)}; expected only rows of ${symbol}, as the name of the table says`
  }
  return [{ quick, run }]
}

/** The least and the greatest value of a column; none of an empty table. */
async function edgesOf(
  engine: Engine,
  table: string,
  { value, column, long }: { readonly value: RawBuilder<unknown>; readonly column: Kept; readonly long: boolean },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const read = (edge: RawBuilder<unknown>): RawBuilder<unknown> => sql`${engine.dialect.readable(column, edge)}`
  const statement =
    sql`select ${read(sql`min(${value})`)} as ${sql.id('first')}, ${read(sql`max(${value})`)} as ${sql.id('last')}
    from ${sql.id(table)} as t`.compile(engine.dialect.kysely)
  const columns = ['first', 'last'].map((name) => ({ ...column, name }))
  const query = { sql: statement.sql, parameters: statement.parameters, columns, tables: [table], long }
  const found: string[] = []
  for await (const { batch } of engine.read(query, signal)) {
    for (const vector of batch.vectors)
      for (const value of plainValues(vector)) if (value !== null) found.push(String(value))
  }
  return found
}
