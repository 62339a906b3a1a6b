import { argumentsOf, calledOf, comparedIn, isNode, listOf, type Node, nameOf, visit } from './tree-nodes.ts'

/** The columns of a table by lower-case name, and whether each is FLOAT; `undefined` if unknown. */
export type FloatColumns = ReadonlyMap<string, boolean> | undefined

/** A table, a subquery or a common table in a FROM. */
interface Relation {
  readonly name: string | undefined
  readonly columns: FloatColumns
}

/** What names refer to in a part of a statement. */
interface Scope {
  readonly relations: readonly Relation[]
  /** Aliases of the SELECT; they count besides the columns. */
  readonly aliases?: FloatColumns
  readonly outer: Scope | undefined
  readonly common: ReadonlyMap<string, Output>
}

/** What a query returns, column by column; `undefined` if unknown. */
type Output = readonly { readonly name: string | undefined; readonly float: boolean }[] | undefined

/** Called for each comparison with a plain FLOAT column, and for each with anything else. */
type See = (other: unknown, besideFloat: boolean) => void

/**
 * Finds what a statement compares with plain FLOAT columns: a table's column, also through subqueries and common
 * tables, and its `min` and `max`. A name must be certain: an unknown or ambiguous one is not FLOAT.
 */
export function seeBesideFloats(tree: unknown, tables: ReadonlyMap<string, FloatColumns>, see: See): void {
  const walk = new FloatWalk(tables, see)
  for (const statement of listOf(tree)) if (isNode(statement)) walk.query(statement.Query, undefined, new Map())
}

class FloatWalk {
  readonly #tables: ReadonlyMap<string, FloatColumns>
  readonly #see: See
  /** Each query is analysed once, however often an expression asks. */
  readonly #seen = new Map<unknown, Output>()

  constructor(tables: ReadonlyMap<string, FloatColumns>, see: See) {
    this.#tables = tables
    this.#see = see
  }

  query(query: unknown, outer: Scope | undefined, common: ReadonlyMap<string, Output>): Output {
    if (!this.#seen.has(query)) this.#seen.set(query, this.#query(query, outer, common))
    return this.#seen.get(query)
  }

  #query(query: unknown, outer: Scope | undefined, common: ReadonlyMap<string, Output>): Output {
    if (!isNode(query)) return undefined
    const { with: named, body, ...rest } = query
    const known = new Map(common)
    if (isNode(named)) {
      for (const table of listOf(named.cte_tables)) {
        if (!isNode(table) || !isNode(table.alias)) continue
        const name = nameOf(table.alias.name) ?? ''
        // What a recursive one takes from itself is unknown.
        if (named.recursive === true) known.set(name, undefined)
        known.set(name, renamed(this.query(table.query, outer, known), table.alias.columns))
      }
    }
    return this.#body(body, rest, outer, known)
  }

  #body(body: unknown, rest: Node, outer: Scope | undefined, common: ReadonlyMap<string, Output>): Output {
    if (!isNode(body)) return undefined
    if (isNode(body.Select)) return this.#select(body.Select, rest, { relations: [], outer, common })
    if (isNode(body.Query)) return this.query(body.Query, outer, common)
    const { SetOperation: operation } = body
    if (!isNode(operation)) return undefined
    const [left, right] = [operation.left, operation.right].map((side) => this.#body(side, {}, outer, common))
    return left?.map(({ name, float }, at) => ({ name, float: float && right?.[at]?.float === true }))
  }

  /** `rest` is what follows the SELECT, such as its order. */
  #select(select: Node, rest: Node, { outer, common }: Scope): Output {
    const { projection, having, group_by: groups, from, ...others } = select
    const relations = listOf(from).flatMap((table) => this.#joined(table, outer, common))
    const scope: Scope = { relations, outer, common }
    const output = this.#output(projection, scope, mergesColumns(from))
    this.#expressions([projection, from, others], scope)
    this.#expressions([having, groups, rest], { ...scope, aliases: columnsOf(output) ?? new Map() })
    return output
  }

  #joined(table: unknown, outer: Scope | undefined, common: ReadonlyMap<string, Output>): Relation[] {
    if (!isNode(table)) return []
    const joins = listOf(table.joins).map((join) => (isNode(join) ? join.relation : undefined))
    return [table.relation, ...joins].flatMap((one) => this.#relation(one, outer, common))
  }

  #relation(relation: unknown, outer: Scope | undefined, common: ReadonlyMap<string, Output>): Relation[] {
    if (!isNode(relation)) return [{ name: undefined, columns: undefined }]
    const { Table: table, Derived: derived, NestedJoin: nested } = relation
    if (isNode(nested)) return this.#joined(nested.table_with_joins, outer, common)
    const given = isNode(table) ? table : isNode(derived) ? derived : {}
    const alias = isNode(given.alias) ? given.alias : undefined
    const own = nameOf(lastIdentifier(given.name)) ?? ''
    const name = (nameOf(alias?.name) ?? own).toLowerCase()
    const isCommon = listOf(given.name).length === 1 && common.has(own)
    if (isNode(table) && !isCommon) return [{ name, columns: this.#tables.get(own) }]
    const output = isCommon ? common.get(own) : this.query(given.subquery, outer, common)
    return [{ name, columns: columnsOf(renamed(output, alias?.columns)) }]
  }

  #output(projection: unknown, scope: Scope, merges: boolean): Output {
    const found: { name: string | undefined; float: boolean }[] = []
    for (const item of listOf(projection)) {
      if (!isNode(item)) return undefined
      const { ExprWithAlias: named, UnnamedExpr: expr } = item
      if (isNode(named)) found.push({ name: nameOf(named.alias), float: this.#isFloat(named.expr, scope) })
      else if (expr !== undefined) found.push({ name: columnIn(expr), float: this.#isFloat(expr, scope) })
      else {
        const table = qualifierOf(item)
        const all = scope.relations.filter(({ name }) => table === undefined || name === table)
        if (merges || all.length === 0 || all.some(({ columns }) => columns === undefined)) return undefined
        for (const { columns } of all) for (const [name, float] of columns ?? []) found.push({ name, float })
      }
    }
    return found
  }

  /** Visits the comparisons in expressions, and the queries within them. */
  #expressions(value: unknown, scope: Scope): void {
    if (Array.isArray(value)) for (const item of value) this.#expressions(item, scope)
    if (!isNode(value)) return
    if ('body' in value) {
      this.query(value, scope, scope.common)
      return
    }
    for (const [left, right] of comparedIn(value)) {
      this.#see(right, this.#isFloat(left, scope))
      this.#see(left, this.#isFloat(right, scope))
    }
    for (const member of Object.values(value)) this.#expressions(member, scope)
  }

  #isFloat(expr: unknown, scope: Scope): boolean {
    if (!isNode(expr)) return false
    const { Identifier: one, CompoundIdentifier: parts, Nested: nested, Function: call, Subquery: subquery } = expr
    if (nested !== undefined) return this.#isFloat(nested, scope)
    if (isNode(call)) {
      const [argument, ...more] = argumentsOf(call)
      return ['min', 'max'].includes(calledOf(call)) && more.length === 0 && this.#isFloat(argument, scope)
    }
    if (subquery !== undefined) {
      const [only, ...more] = this.query(subquery, scope, scope.common) ?? []
      return more.length === 0 && only?.float === true
    }
    const names = (parts === undefined ? [one] : listOf(parts)).map((part) => nameOf(part)?.toLowerCase())
    const [name, table] = names.toReversed()
    return name !== undefined && isFloatIn(scope, name, table)
  }
}

/** Whether everything that a name may refer to is FLOAT. */
function isFloatIn({ relations, aliases, outer }: Scope, name: string, table: string | undefined): boolean {
  const asked = relations.filter((relation) => table === undefined || relation.name === table)
  const found = asked.filter(({ columns }) => columns === undefined || columns.has(name))
  const all = found.map(({ columns }) => columns?.get(name) === true)
  if (table === undefined && aliases?.has(name)) all.push(aliases.get(name) === true)
  if (all.length > 0) return all.every(Boolean)
  return asked.length > 0 && table !== undefined ? false : outer !== undefined && isFloatIn(outer, name, table)
}

/** The table that a `t.*` is limited to. */
function qualifierOf({ QualifiedWildcard: wildcard }: Node): string | undefined {
  const [kind] = listOf(wildcard)
  return isNode(kind) ? nameOf(lastIdentifier(kind.ObjectName))?.toLowerCase() : undefined
}

const lastIdentifier = (name: unknown): unknown => {
  const last = listOf(name).at(-1)
  return isNode(last) ? last.Identifier : undefined
}

/** Whether joins merge two columns, so that `*` has its own order. */
function mergesColumns(from: unknown): boolean {
  let found = false
  visit(from, ({ join_operator: operator }) => {
    for (const by of isNode(operator) ? Object.values(operator) : []) {
      if (by === 'Natural' || (isNode(by) && 'Using' in by)) found = true
    }
  })
  return found
}

/** The default name of a column in an answer. */
function columnIn(expr: unknown): string | undefined {
  if (!isNode(expr)) return undefined
  return nameOf(expr.Identifier) ?? nameOf(listOf(expr.CompoundIdentifier).at(-1))
}

/** With a column list after an alias: `t (a, b)`. */
function renamed(output: Output, names: unknown): Output {
  const given = listOf(names).map((column) => nameOf(isNode(column) ? column.name : undefined))
  if (given.length === 0) return output
  return output?.length === given.length ? output.map(({ float }, at) => ({ name: given[at], float })) : undefined
}

/** Columns by name; if several share a name, all must be FLOAT. */
function columnsOf(output: Output): FloatColumns {
  if (!output) return undefined
  const columns = new Map<string, boolean>()
  for (const { name, float } of output) {
    const key = name?.toLowerCase()
    if (key !== undefined) columns.set(key, float && columns.get(key) !== false)
  }
  return columns
}
