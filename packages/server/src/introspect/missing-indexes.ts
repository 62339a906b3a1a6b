import { sql } from 'kysely'
import type { Introspector } from '../engine/introspector.ts'
import type { TableShape } from '../engine/table-shape.ts'

/** Tables that are named in a warning about many. */
const NAMED = 3
/** Characters of a name in every database. */
const MAX_NAME = 64

/**
 * The indexes that calls of a dataset with these columns of symbol and date would use and its tables lack, each with the statement that
 * makes it in the first of them. An empty symbol is that of tables whose names say it.
 */
export function missingIndexes(
  { dialect, indexed }: Introspector,
  shapes: ReadonlyMap<string, TableShape>,
  [symbol = '', date = '']: readonly string[],
): string[] {
  if (dialect.scans) return []
  const create = (table: string, names: readonly string[]): string => {
    const parts = names.map((name) => {
      const type = shapes.get(table)?.columns.find((column) => column.name === name)?.type ?? ''
      return indexed?.(sql.id(name), type) ?? sql.id(name)
    })
    const index = sql`create index ${sql.id(`${table}_${names.join('_')}`.slice(0, MAX_NAME))}`
    return sql`${index} on ${sql.id(table)} (${sql.join(parts)})`.compile(dialect.kysely).sql
  }
  const lack = (names: readonly string[], reads: string): string[] => {
    const [column = ''] = names.filter((name) => name !== '')
    const without = [...shapes].filter(([, { indexes }]) => !indexes.some(([first]) => first === column))
    const [table] = without[0] ?? []
    if (column === '' || table === undefined) return []
    const statement = create(
      table,
      names.filter((name) => name !== ''),
    )
    if (shapes.size === 1) return [`no index begins with ${column}: ${reads} read the whole table; ${statement}`]
    const some = without.slice(0, NAMED).map(([name]) => name)
    const more = without.length > NAMED ? ', …' : ''
    return [
      `no index begins with ${column} in ${without.length} of ${shapes.size} tables (${some.join(', ')}${more}): ${reads} read them whole; for each of them: ${statement}`,
    ]
  }
  return [
    ...(symbol === '' ? [] : lack([symbol, date], 'calls with symbols')),
    ...(date === '' ? [] : lack([date], 'calls for a day')),
  ]
}
