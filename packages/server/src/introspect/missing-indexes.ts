import { sql } from 'kysely'
import type { Introspector } from '../engine/introspector.ts'
import type { TableShape } from '../engine/table-shape.ts'

/** The indexes that calls of a table with these columns of symbol and date would use, each with the statement that makes it. */
export function missingIndexes(
  { dialect, indexed }: Introspector,
  table: string,
  { columns, indexes }: TableShape,
  [symbol = '', date = '']: readonly string[],
): string[] {
  const begins = (column: string): boolean => indexes.some(([first]) => first === column)
  const create = (...names: readonly string[]): string => {
    const parts = names.map((name) => {
      const type = columns.find((column) => column.name === name)?.type ?? ''
      return indexed?.(sql.id(name), type) ?? sql.id(name)
    })
    const index = sql`create index ${sql.id(`${table}_${names.join('_')}`.slice(0, MAX_NAME))}`
    return sql`${index} on ${sql.id(table)} (${sql.join(parts)})`.compile(dialect.kysely).sql
  }
  if (symbol === '' || dialect.scans) return []
  return [
    ...(begins(symbol)
      ? []
      : [
          `no index begins with ${symbol}: calls with symbols read the whole table; ${create(...[symbol, date].filter((name) => name !== ''))}`,
        ]),
    ...(date === '' || begins(date)
      ? []
      : [`no index begins with ${date}: calls for a day read the whole table; ${create(date)}`]),
  ]
}

/** Characters of a name in every database. */
const MAX_NAME = 64
