import type { Expr, Typed } from './expr.ts'
import { refuse } from './refuse.ts'

/** A column that a query may name. */
export interface ScopeColumn extends Expr {
  /** Tells columns of one scope apart. */
  readonly id: string
}

/** A table, common table expression or subquery under the name by which columns are named. */
export type ScopeTable = ReadonlyMap<string, ScopeColumn>

/** A common table expression: its name in SQL, and its columns in order, each with its name there. */
export interface CommonTable {
  readonly sqlName: string
  /** The tables that are read for it, each time that it is named: an engine may put its select in its place. */
  readonly tables: number
  readonly columns: readonly (Typed & { readonly name: string; readonly sqlName: string })[]
}

/** By what a query is grouped. */
export interface Grouping {
  /** Ids of columns. */
  readonly columns: ReadonlySet<string>
  /** Expressions, as JSON in which columns are named by id. */
  readonly computed: ReadonlySet<string>
}

/** What one select can name: its own tables, and those of the selects around it. */
export class Scope {
  readonly parent: Scope | undefined
  readonly commonTables: ReadonlyMap<string, CommonTable>
  readonly tables = new Map<string, ScopeTable>()
  /** Set once the rows are grouped: from then on a bare column must be one that they are grouped by. */
  grouping: Grouping | undefined

  constructor(parent: Scope | undefined, commonTables: ReadonlyMap<string, CommonTable>) {
    this.parent = parent
    this.commonTables = commonTables
  }

  add(name: string, table: ScopeTable): void {
    if (this.tables.has(name)) refuse(`the table "${name}" appears twice in one select; give one of them an alias`)
    this.tables.set(name, table)
  }

  /** All tables so far may have no row for one of the next: their columns may be null. */
  makeNullable(): void {
    for (const [name, table] of this.tables) this.tables.set(name, nullableTable(table))
  }

  /** The column of this name, from this select or the nearest one around it, and the select that it is of. */
  find(table: string | undefined, name: string): { readonly column: ScopeColumn; readonly scope: Scope } {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      const found = table === undefined ? scope.#findAnywhere(name) : scope.tables.get(table)?.get(name)
      if (found) return { column: found, scope }
      if (table !== undefined && scope.tables.has(table)) {
        refuse(`"${table}" has no column "${name}"; it has ${listed([...(scope.tables.get(table)?.keys() ?? [])])}`)
      }
    }
    if (table !== undefined) {
      refuse(`the query has no table "${table}"; it has ${listed([...this.tables.keys()])}`)
    }
    const columns = [...this.tables].map(([alias, { size }]) => (size > 0 ? alias : undefined))
    return refuse(`no table of the query has a column "${name}"; its tables are ${listed(columns)}`)
  }

  #findAnywhere(name: string): ScopeColumn | undefined {
    const owners = [...this.tables].filter(([, table]) => table.has(name))
    if (owners.length > 1) {
      const names = owners.map(([alias]) => `"${alias}.${name}"`).join(' or ')
      refuse(`the column "${name}" is in more than one table of the query; name it ${names}`)
    }
    return owners[0]?.[1].get(name)
  }
}

export function nullableTable(table: ScopeTable): ScopeTable {
  return new Map([...table].map(([name, column]) => [name, { ...column, nullable: true }]))
}

/** Names in a message, bounded. */
export function listed(names: readonly (string | undefined)[]): string {
  const shown = names.slice(0, 30).join(', ')
  return names.length === 0 ? 'none' : names.length > 30 ? `${shown}, …` : shown
}

/** Where an expression stands, and so what it may hold. */
export interface Place {
  readonly scope: Scope
  /** For messages: `where`, `select`, … */
  readonly clause: string
  readonly aggregates: boolean
  readonly windows: boolean
  /** Inside an aggregate, where columns are of single rows even when the query is grouped, and of this select alone. */
  readonly inAggregate: boolean
}
