/** A node of a parsed statement, or a member of one. */
export type Node = Readonly<Record<string, unknown>>

const COMPARISONS = new Set(['Eq', 'NotEq', 'Lt', 'LtEq', 'Gt', 'GtEq', 'Spaceship'])

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** What an identifier says. */
export const nameOf = (value: unknown): string | undefined =>
  isNode(value) && typeof value.value === 'string' ? value.value : undefined

/** The name of the function that a call calls, in lower case. */
export const calledOf = ({ name }: Node): string => {
  const [part] = listOf(name)
  return (nameOf(isNode(part) ? part.Identifier : undefined) ?? '').toLowerCase()
}

export function argumentsOf({ args }: Node): unknown[] {
  const list = isNode(args) && isNode(args.List) ? args.List.args : undefined
  return listOf(list).map((item) => (isNode(item) && isNode(item.Unnamed) ? item.Unnamed.Expr : undefined))
}

/** Visits every node of a tree. The tree was checked before, so its depth is bounded. */
export function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, see)
  if (!isNode(value)) return
  see(value)
  for (const member of Object.values(value)) visit(member, see)
}

/** The pairs of expressions that a node compares; tuples are compared member by member. */
export function comparedIn(node: Node): Pair[] {
  const { BinaryOp: binary, Between: between, InList: list, InSubquery: among, Case: choice } = node
  if (isNode(binary)) return COMPARISONS.has(String(binary.op)) ? pairsOf(binary.left, binary.right) : []
  if (isNode(between)) return [between.low, between.high].flatMap((bound) => pairsOf(between.expr, bound))
  if (isNode(list)) return listOf(list.list).flatMap((item) => pairsOf(list.expr, item))
  if (isNode(among)) return [[among.expr, { Subquery: among.subquery }]]
  const some = node.AnyOp ?? node.AllOp
  if (isNode(some)) return [[some.left, some.right]]
  if (!isNode(choice) || choice.operand == null) return []
  return listOf(choice.conditions).flatMap((each) => (isNode(each) ? pairsOf(choice.operand, each.condition) : []))
}

type Pair = readonly [unknown, unknown]

/** The compared pairs; for two tuples, member by member. */
function pairsOf(one: unknown, other: unknown): Pair[] {
  const [left, right] = [one, other].map((side) => (isNode(side) && Array.isArray(side.Tuple) ? side.Tuple : undefined))
  return left && right ? left.map((member, at) => [member, right[at]] as const) : [[one, other]]
}
