import { parseDate, parseDatetime } from '@stockdb/contract/internal'
import { refuse } from './lex.ts'
import { argumentsOf, calledOf, comparedIn, isNode, listOf, type Node, nameOf, visit } from './tree-nodes.ts'

/** The text forms of dates in columns: `2024-01-02`, or `2024-01-02 09:30:00`. */
export type DateType = 'date' | 'datetime'

const ARITHMETIC = new Set(['Plus', 'Minus', 'Multiply', 'Divide', 'Modulo'])
/** Functions that return one of their arguments. */
const PASSING = new Set([
  'min',
  'max',
  'coalesce',
  'ifnull',
  'nullif',
  'lag',
  'lead',
  'first_value',
  'last_value',
  'nth_value',
])

/**
 * Refuses operations on dates that MySQL supports but SQLite, which stores dates as text, silently gets wrong:
 * comparing a date column with a date in another form (`'20240102'`) or with a number, and arithmetic.
 *
 * `dates` holds the date columns of all tables read, by lower-case name. Aliases that a query gives them count too.
 */
export function checkDates(tree: unknown, parameters: readonly unknown[], dates: ReadonlyMap<string, DateType>): void {
  if (dates.size === 0) return
  const known = new Map(dates)
  // A common table may be used before the one that it takes its columns from.
  for (let pass = 0; pass < 3; pass++) collectAliases(tree, known)
  visit(tree, (node) => checkNode(node, parameters, known))
}

function checkNode(node: Node, parameters: readonly unknown[], dates: ReadonlyMap<string, DateType>): void {
  for (const [left, right] of comparedIn(node)) {
    checkOperand(left, right, parameters, dates)
    checkOperand(right, left, parameters, dates)
  }
  const { BinaryOp: binary } = node
  if (!isNode(binary) || !ARITHMETIC.has(String(binary.op))) return
  for (const found of [binary.left, binary.right].map((side) => dateIn(side, dates))) {
    if (found)
      refuse(
        `the column ${found.name} holds dates, which this database stores as texts and cannot compute with; compute in your script`,
      )
  }
}

/** Refuses a value that is compared with a date column but not written in its form. */
function checkOperand(
  side: unknown,
  other: unknown,
  parameters: readonly unknown[],
  dates: ReadonlyMap<string, DateType>,
): void {
  const column = dateIn(side, dates)
  if (!column) return
  const value = valueIn(other, parameters)
  if (value === undefined || value === null) return
  const parse = column.type === 'date' ? parseDate : parseDatetime
  if (typeof value === 'string' && parse(value) === value) return
  const form = column.type === 'date' ? '2024-01-02' : '2024-01-02 09:30:00'
  refuse(
    `the column ${column.name} is compared with ${JSON.stringify(String(value))}; expected a ${column.type} as '${form}'`,
  )
}

/** The date column that an expression returns unchanged, if any. */
function dateIn(value: unknown, dates: ReadonlyMap<string, DateType>): { name: string; type: DateType } | undefined {
  if (!isNode(value)) return undefined
  const { Identifier: one, CompoundIdentifier: parts, Nested: nested, Function: call, Subquery: subquery } = value
  const name = nameOf(one) ?? nameOf(listOf(parts).at(-1))
  if (name !== undefined) {
    const type = dates.get(name.toLowerCase())
    return type && { name, type }
  }
  if (nested !== undefined) return dateIn(nested, dates)
  if (isNode(call) && PASSING.has(calledOf(call))) {
    for (const argument of argumentsOf(call)) {
      const found = dateIn(argument, dates)
      if (found) return found
    }
  }
  return subquery === undefined ? undefined : dateIn(projectionOf(subquery)[0]?.expr, dates)
}

/** A text, a number or a parameter's value; `undefined` for any other expression. */
function valueIn(value: unknown, parameters: readonly unknown[]): unknown {
  if (!isNode(value)) return undefined
  if (value.Nested !== undefined) return valueIn(value.Nested, parameters)
  const literal = isNode(value.Value) ? value.Value.value : undefined
  if (!isNode(literal)) return undefined
  const { SingleQuotedString: text, Number: number, Placeholder: place } = literal
  if (typeof place === 'string') return parameters[Number(place.slice(1)) - 1]
  return text ?? listOf(number)[0]
}

function collectAliases(tree: unknown, dates: Map<string, DateType>): void {
  const add = (name: string | undefined, value: unknown): void => {
    const found = dateIn(value, dates)
    if (name !== undefined && found && !dates.has(name.toLowerCase())) dates.set(name.toLowerCase(), found.type)
  }
  visit(tree, (node) => {
    const { ExprWithAlias: named, alias, query, subquery } = node
    if (isNode(named)) add(nameOf(named.alias), named.expr)
    // A table with a column list: WITH t (d) AS (SELECT …), or (SELECT …) AS t (d).
    const inner = query ?? subquery
    if (!isNode(alias) || inner === undefined) return
    const columns = projectionOf(inner)
    listOf(alias.columns).forEach((column, at) => {
      add(nameOf(isNode(column) ? column.name : undefined), columns[at]?.expr)
    })
  })
}

/** What a query selects, in order; for a set operation, what its first part selects. */
function projectionOf(query: unknown): readonly { readonly expr: unknown }[] {
  let body: unknown = isNode(query) ? (query.body ?? query) : undefined
  while (isNode(body) && isNode(body.SetOperation)) body = body.SetOperation.left
  if (isNode(body) && isNode(body.Query)) return projectionOf(body.Query)
  const select = isNode(body) && isNode(body.Select) ? body.Select : undefined
  return listOf(select?.projection).map((item) => {
    const named = isNode(item) && isNode(item.ExprWithAlias) ? item.ExprWithAlias.expr : undefined
    return { expr: named ?? (isNode(item) ? item.UnnamedExpr : undefined) }
  })
}
