import { StockdbError } from '@stockdb/contract/wire'
import type { PoolConnection } from 'mysql2'
import { idOf, type TableRef } from '../table-ref.ts'
import type { Right, RightsLacking, RightsWanted } from '../write-rights.ts'
import { mysqlDialect } from './dialect.ts'
import { run } from './statements.ts'

/** A table that nobody has: the database looks at rights before it looks for the table. */
const ABSENT = 'stockdb_none'

const ON_COLUMN = 1143
/** Access to the database, a table or a column is denied. */
const DENIED = new Set([1044, 1142, 1143])

const SCHEMA = 'select 1 from information_schema.schemata where schema_name = ?'

/** The text of an error that says which right is missing: `DROP command denied to user …`. */
const DENIED_RIGHT = /^(\w+)(?: and \w+)? command denied/

/**
 * Finds out which rights the account of a connection lacks, by statements that change nothing. Those on tables are explained and not
 * executed: MariaDB writes even an insert of no rows into its log, and every cache would take that for a commit.
 */
export async function missingRights(
  connection: PoolConnection,
  wanted: readonly RightsWanted[],
): Promise<readonly RightsLacking[]> {
  const lacking: { readonly wanted: RightsWanted; readonly rights: readonly Right[]; readonly isHidden: boolean }[] = []
  const everywhere = new Map<string, boolean>()
  for (const one of wanted) {
    if (!(await hasSchema(connection, one))) {
      lacking.push({ wanted: one, rights: one.rights, isHidden: false })
      continue
    }
    if (await hasEverywhere(connection, one, everywhere)) continue
    const rights: Right[] = []
    let isHidden = false
    for (const right of one.rights) {
      const found = await denied(connection, right, one)
      if (found === undefined || (found === 'hidden' && rights.includes('SELECT'))) continue
      rights.push(right)
      isHidden ||= found === 'hidden'
    }
    if (rights.length > 0) lacking.push({ wanted: one, rights, isHidden })
  }
  if (lacking.length === 0) return []
  const [[account = '', own = ''] = []] = await run<[string, string][]>(
    connection,
    'select current_user(), database()',
    [],
    'query',
  )
  const at = account.lastIndexOf('@')
  const user = [account.slice(0, at), account.slice(at + 1)].map((part) => `'${part.replaceAll("'", "''")}'`).join('@')
  return lacking.map(({ wanted: one, rights, isHidden }) => ({
    ...{ wanted: one, rights },
    grant: isHidden
      ? `GRANT SELECT ON ${quoted(own)}.* TO ${user}`
      : `GRANT ${rights.join(', ')} ON ${scopeOf(one, own)} TO ${user}`,
  }))
}

/** Whether the account sees the database at all: of one that it has no rights on, it is not told whether it exists. */
async function hasSchema(connection: PoolConnection, { on }: RightsWanted): Promise<boolean> {
  if (typeof on === 'string' || on.schema === undefined) return true
  const found = await run<unknown[][]>(connection, SCHEMA, [on.schema], 'query')
  return found.length > 0
}

/**
 * Whether the account has all of these rights on the whole database of a table, so that the table need not be asked for; a table that
 * nobody has is asked for once for each right. Otherwise a server would try two hundred statements at its start.
 */
async function hasEverywhere(
  connection: PoolConnection,
  { on, rights }: RightsWanted,
  known: Map<string, boolean>,
): Promise<boolean> {
  if (typeof on !== 'string' && !('table' in on)) return false
  const schema = typeof on === 'string' ? undefined : on.schema
  for (const right of rights) {
    const key = JSON.stringify([schema, right])
    const found = known.get(key) ?? (await denied(connection, right, { on: { schema }, rights })) === undefined
    known.set(key, found)
    if (!found) return false
  }
  return true
}

/**
 * Whether a right is missing; `hidden` if it is there for the whole database, and keeps MySQL from looking at the right to select, which is there for
 * the table alone.
 */
async function denied(
  connection: PoolConnection,
  right: Right,
  { on, column }: RightsWanted,
): Promise<'denied' | 'hidden' | undefined> {
  const schema = typeof on === 'string' ? undefined : on.schema
  const table = typeof on === 'string' ? on : 'table' in on ? on : absentIn(schema)
  try {
    await run(
      connection,
      statementOf(right, nameOf(table), nameOf(absentIn(schema, `${ABSENT}_either`)), column),
      [],
      'query',
    )
    return undefined
  } catch (error) {
    if (error instanceof StockdbError && error.code === 'DATABASE_INTERRUPTED') throw error
    const { errno = 0, sqlMessage = '' } = ((error as Error).cause ?? {}) as { errno?: number; sqlMessage?: string }
    if (!DENIED.has(errno)) return undefined
    const named = DENIED_RIGHT.exec(sqlMessage)?.[1]
    if (named === undefined || named === right) return 'denied'
    // Another right that the statement takes is asked for by itself.
    return errno === ON_COLUMN ? 'hidden' : undefined
  }
}

const absentIn = (schema: string | undefined, table: string = ABSENT): TableRef =>
  schema === undefined ? table : { schema, table }

const nameOf = (table: TableRef): string => idOf(table).compile(mysqlDialect.kysely).sql

function statementOf(right: Right, table: string, other: string, given: string | undefined): string {
  const column = given === undefined ? '1' : quoted(given)
  switch (right) {
    case 'SELECT':
      return `select ${column} from ${table} where 1 = 0`
    case 'INSERT':
      return given === undefined
        ? `insert into ${table} values ()`
        : `explain insert into ${table} (${column}) select ${column} from ${table} where 1 = 0`
    case 'UPDATE':
      return `explain update ${table} set ${column === '1' ? '`a`' : column} = ${column} where ${given === undefined ? '1 = 0' : `${column} is null and 1 = 0`}`
    case 'DELETE':
      return `explain delete from ${table} where ${given === undefined ? '1 = 0' : `${column} is null and 1 = 0`}`
    case 'CREATE':
      return `create table ${table} like ${other}`
    case 'DROP':
      return `drop table ${table}`
    case 'INDEX':
      return `create index ${quoted(ABSENT)} on ${table} (${quoted('a')})`
  }
}

const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``

function scopeOf({ on }: RightsWanted, own: string): string {
  if (typeof on === 'string') return `${quoted(own)}.${quoted(on)}`
  if ('table' in on) return `${quoted(on.schema)}.${quoted(on.table)}`
  return `${quoted(on.schema ?? own)}.*`
}
