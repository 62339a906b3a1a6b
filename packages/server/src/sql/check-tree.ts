import { functions } from './functions.ts'
import { refuse } from './lex.ts'
import { isPosition, mustBeEmpty, nodeKeys } from './tree-keys.ts'

/** What a statement may read. */
export interface TableRules {
  /** The name of the database, which may qualify its tables. */
  readonly schema: string | undefined
  /** Whether a table of another database belongs to the served one. */
  isElsewhere(schema: string, table: string): boolean
  /** Names of the database's virtual system tables. */
  readonly systemTables: RegExp | undefined
  /** Throws if a table may not be read. */
  requireTable(table: string): void
}

type Node = Readonly<Record<string, unknown>>

/**
 * Walks the tree of a parsed statement and accepts only what is on the lists: one query, of the database's own tables,
 * with the listed functions. Node kinds that a later parser version adds are refused.
 */
export function checkTree(tree: unknown, rules: TableRules): void {
  const [statement, ...more] = Array.isArray(tree) ? (tree as unknown[]) : []
  if (!isNode(statement) || more.length > 0) refuse('sql.run accepts one statement')
  const [kind, ...others] = Object.keys(statement)
  if (kind !== 'Query' || others.length > 0) refuse(`sql.run only reads: expected SELECT, WITH or UNION; got ${kind}`)
  new Walk(rules).query(statement.Query, [])
}

class Walk {
  readonly #rules: TableRules

  constructor(rules: TableRules) {
    this.#rules = rules
  }

  /** A query with its common tables. They are visible inside it, but not before their declaration. */
  query(query: unknown, outer: readonly string[]): void {
    if (!isNode(query)) refuse('a query is missing')
    const { with: common, ...rest } = query
    let visible = outer
    if (isNode(common)) {
      const { cte_tables: tables, recursive } = common
      for (const table of Array.isArray(tables) ? (tables as unknown[]) : []) {
        if (!isNode(table) || !isNode(table.alias) || table.from != null || table.materialized != null)
          refuse('cannot parse the WITH clause')
        const name = identifier(table.alias.name)
        this.query(table.query, recursive === true ? [...visible, name] : visible)
        visible = [...visible, name]
      }
    }
    this.#members(rest, visible)
  }

  #any(value: unknown, visible: readonly string[]): void {
    if (Array.isArray(value)) for (const item of value) this.#any(item, visible)
    else if (isNode(value)) this.#members(value, visible)
  }

  #members(node: Node, visible: readonly string[]): void {
    for (const [key, value] of Object.entries(node)) {
      if (isPosition(key) || value === null || value === undefined) continue
      if (mustBeEmpty.has(key)) {
        if (!isEmpty(value)) refuse(`${key.replaceAll('_', ' ')} is not allowed in a query`)
        continue
      }
      if (!nodeKeys.has(key)) refuse(`${key.replaceAll('_', ' ')} is not allowed in a query`)
      this.#member(key, value, visible)
    }
  }

  #member(key: string, value: unknown, visible: readonly string[]): void {
    switch (key) {
      case 'subquery':
      case 'Subquery':
      case 'Query':
        // The body of a query, or an operand: SELECT, or another set operation.
        if (isNode(value) && 'body' in value) this.query(value, visible)
        else this.#any(value, visible)
        return
      case 'Table':
        if (isNode(value)) this.#table(value, visible)
        return
      case 'Function':
        if (isNode(value)) this.#function(value, visible)
        return
      default:
        this.#any(value, visible)
    }
  }

  #table({ name, args, ...rest }: Node, visible: readonly string[]): void {
    if (args !== null && args !== undefined) refuse('table functions are refused')
    const parts = (Array.isArray(name) ? (name as unknown[]) : []).map((part) =>
      identifier(isNode(part) ? part.Identifier : undefined),
    )
    const table = parts.at(-1) ?? refuse('a table has no name')
    const [schema, ...more] = parts.slice(0, -1)
    if (more.length === 0 && schema !== undefined && this.#rules.isElsewhere(schema, table)) {
      this.#rules.requireTable(`${schema}.${table}`)
      this.#members(rest, visible)
      return
    }
    if (more.length > 0 || (schema !== undefined && schema !== this.#rules.schema)) {
      refuse(`the table ${parts.join('.')} is in another database; expected a table of the served database`)
    }
    if (this.#rules.systemTables?.test(table)) refuse(`${table} is the database's own and is refused`)
    if (schema !== undefined || !visible.includes(table)) this.#rules.requireTable(table)
    this.#members(rest, visible)
  }

  #function({ name, ...rest }: Node, visible: readonly string[]): void {
    const [part, ...more] = Array.isArray(name) ? (name as unknown[]) : []
    const called = identifier(isNode(part) ? part.Identifier : undefined)
    if (more.length > 0 || !functions.has(called.toLowerCase())) refuse(`the function ${called} is not allowed`)
    this.#members(rest, visible)
  }
}

function identifier(value: unknown): string {
  if (isNode(value) && typeof value.value === 'string') return value.value
  return refuse('cannot parse a name')
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmpty(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === false ||
    value === 'None' ||
    (Array.isArray(value) && value.length === 0)
  )
}
