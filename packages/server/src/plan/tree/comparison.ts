import type { DateFormat } from '@stockdb/contract'
import { epochOf, writeDate } from '@stockdb/contract/internal'
import { limits } from '@stockdb/contract/wire'
import type { OperationNode } from 'kysely'
import { OperatorNode, ValueNode } from 'kysely'
import { listNode, sqlNode } from '../../engine/sql-node.ts'
import { canStand, isFine } from '../finer-values.ts'
import { commonType, type Expr, isText } from './expr.ts'
import { asType, comparedWith, nearest, operands, valueIn } from './operands.ts'
import { readPattern } from './pattern.ts'
import { needLevel } from './precedence.ts'
import { refuse, shown } from './refuse.ts'
import type { Place } from './scope.ts'
import type { Translator } from './translator.ts'
import { TreeNode } from './tree-node.ts'
import { readValue, type Value, valueNode } from './values.ts'

/** The comparisons of a query. Either kind of engine knows them, or {@link SqlExpressions} has what it knows instead. */
export const comparisons = [
  ...['=', '==', '!=', '<>', '<', '<=', '>', '>=', 'is', 'is not', 'in', 'not in', 'between', 'like', 'not like'],
  ...['<=>', 'is distinct from', 'is not distinct from'],
] as const

const PLAIN: Readonly<Record<string, '=' | '!=' | '<' | '<=' | '>' | '>='>> = {
  ...{ '=': '=', '==': '=', '!=': '!=', '<>': '!=' },
  ...{ '<': '<', '<=': '<=', '>': '>', '>=': '>=' },
}

const condition = (node: OperationNode, nullable: boolean): Expr => ({ node, type: 'bool', nullable })

/** A comparison, which is true, false or, with a null on either side, null. */
export function comparison(translator: Translator, operator: string, node: TreeNode, place: Place): Expr {
  const left = node.node('leftOperand')
  needLevel(left, 'sum', operator)
  switch (operator) {
    case 'in':
    case 'not in':
      return membership(translator, operator, left, node.node('rightOperand'), place)
    case 'between':
      return between(translator, left, node.node('rightOperand', 'AndNode'), place)
  }
  const right = node.node('rightOperand')
  needLevel(right, 'sum', operator)
  switch (operator) {
    case 'is':
    case 'is not':
      return nullTest(translator, operator, left, right, place)
    case 'like':
    case 'not like':
      return like(translator, operator, left, right, place)
  }
  const where = placed(place, operator)
  const plain = Object.hasOwn(PLAIN, operator) ? PLAIN[operator] : undefined
  if (plain && [left, right].some((side) => side.kind === 'ValueNode' && valueIn(side, where) === null)) {
    refuse(`${where}: a comparison with null is never true; use "is" or "is not"`)
  }
  const [a, b] = pair(translator, [left, right], place, where)
  if (plain) {
    const compared = sqlNode`(${a.node} ${OperatorNode.create(plain)} ${b.node})`
    const found = plain === '=' && findable([a, b]) ? sqlNode`(${bare(a)} = ${bare(b)} and ${compared})` : compared
    return condition(found, a.nullable || b.nullable)
  }
  const same = translator.forms.same(a.node, b.node)
  return condition(operator === 'is distinct from' ? sqlNode`(not ${same})` : same, false)
}

/**
 * Two sides that agree in type. A value compared with a date that is kept as text is bound in that form, so that the index is used;
 * except if the date may be null, because an empty text may stand for that.
 */
function pair(translator: Translator, sides: readonly TreeNode[], place: Place, where: string): readonly [Expr, Expr] {
  const { exprs } = operands(translator, sides, place, where, 'compared')
  const [a, b] = exprs as [Expr, Expr]
  const kept = (column: Expr, value: Expr, side: TreeNode | undefined): Expr | undefined =>
    isComparedAsKept(column) && side?.kind === 'ValueNode' && isExact(column, value.node)
      ? { ...value, node: storedValue(value.node, column.column?.dateFormat as DateFormat) }
      : undefined
  const [keptA, keptB] = [kept(b, a, sides[0]), kept(a, b, sides[1])]
  if (keptB) return [{ ...a, node: a.column?.node ?? a.node }, keptB]
  if (keptA) return [keptA, { ...b, node: b.column?.node ?? b.node }]
  return [a, b]
}

/** Whether a date is compared in the form in which it is kept; where it may be null, an empty text may stand for none. */
const isComparedAsKept = ({ column, nullable }: Expr): boolean => column?.dateFormat !== undefined && !nullable

/** Whether the column of a date surely has a place for a value. */
function isExact({ type, column }: Expr, node: OperationNode): boolean {
  const kept = { type, dateFormat: column?.dateFormat }
  const value = ValueNode.is(node) ? node.value : ''
  return canStand(kept, value) && !(isFine(kept, value) && epochOf(column?.dateFormat as DateFormat))
}

function storedValue(node: OperationNode, dateFormat: DateFormat): OperationNode {
  return ValueNode.is(node) ? ValueNode.create(writeDate(dateFormat, String(node.value))) : node
}

/** Whether codes are compared of which one is to be found by the index of a column that does not tell all apart. */
const findable = (sides: readonly Expr[]): boolean =>
  sides.every(({ type }) => type === 'symbol') && sides.some(({ column }) => column?.inexact)

const bare = ({ node, column }: Expr): OperationNode => column?.node ?? node

function nullTest(translator: Translator, operator: string, left: TreeNode, right: TreeNode, place: Place): Expr {
  const where = placed(place, operator)
  const value = right.kind === 'ValueNode' ? valueIn(right, where) : undefined
  if (value !== null) refuse(`${where}: expected null on its right; use = or "is not distinct from" for other values`)
  const { node, type } = translator.expression(left, place)
  const isNull = translator.forms.isNull(type, node)
  return condition(operator === 'is' ? isNull : sqlNode`(not ${isNull})`, false)
}

function between(translator: Translator, left: TreeNode, bounds: TreeNode, place: Place): Expr {
  const where = placed(place, 'between')
  const nodes = [left, bounds.node('left'), bounds.node('right')]
  for (const node of nodes) needLevel(node, 'sum', 'between')
  const { exprs } = operands(translator, nodes, place, where, 'compared')
  const [value, low, high] = exprs as [Expr, Expr, Expr]
  const nullable = exprs.some((expr) => expr.nullable)
  return condition(sqlNode`(${value.node} between ${low.node} and ${high.node})`, nullable)
}

function like(translator: Translator, operator: string, left: TreeNode, right: TreeNode, place: Place): Expr {
  const where = placed(place, operator)
  const { node, type, nullable, column } = translator.expression(left, place)
  if (!isText(type)) refuse(`${where}: got ${type} on its left; expected a text or a symbol`)
  const pattern = right.kind === 'ValueNode' ? valueIn(right, where) : refuse(`${where}: expected a value on its right`)
  const parts = readPattern(pattern, where)
  // A column of ASCII characters cannot be compared with others.
  if (type === 'symbol' && !/^[ -~]*$/.test(String(pattern))) {
    refuse(`${where}: got ${shown(pattern)}; symbols have ASCII characters only`)
  }
  const { forms } = translator
  const isLike = (text: OperationNode): OperationNode => forms.like(text, type === 'symbol', forms.likePattern(parts))
  const matches = column?.inexact ? sqlNode`(${isLike(column.node)} and ${isLike(node)})` : isLike(node)
  return condition(operator === 'like' ? matches : sqlNode`(not ${matches})`, nullable)
}

function membership(translator: Translator, operator: string, left: TreeNode, right: TreeNode, place: Place): Expr {
  const where = placed(place, operator)
  const found = translator.expression(left, place)
  const word = OperatorNode.create(operator === 'in' ? 'in' : 'not in')
  if (right.kind === 'SelectQueryNode' || right.kind === 'ParensNode') {
    return amongRows(translator, found, word, right.kind === 'ParensNode' ? right.node('node') : right, place, where)
  }
  const values = listValues(right, where)
  // No value is in an empty list; SQL has no way to write one.
  if (values.length === 0) return condition(operator === 'in' ? sqlNode`(1 = 0)` : sqlNode`(1 = 1)`, false)
  // A fraction is in no list of whole numbers, but it may stand there.
  const type = found.type === 'int32' ? 'float64' : found.type
  const plain = values.map((value) =>
    valueNode(translator.forms, found.single ? nearest(value) : value, type, where, 'compared'),
  )
  const asKept = isComparedAsKept(found) && plain.every((item) => isExact(found, item))
  const dateFormat = asKept ? found.column?.dateFormat : undefined
  const items = dateFormat === undefined ? plain : plain.map((item) => storedValue(item, dateFormat))
  const side =
    dateFormat === undefined ? comparedWith(translator.forms, found, values).node : (found.column?.node ?? found.node)
  const isAmong = sqlNode`(${side} ${word} (${listNode(items)}))`
  return condition(
    operator === 'in' && found.column?.inexact
      ? sqlNode`(${found.column.node} in (${listNode(items)}) and ${isAmong})`
      : isAmong,
    found.nullable,
  )
}

function listValues(list: TreeNode, where: string): Exclude<Value, null>[] {
  if (list.kind !== 'PrimitiveValueListNode' && list.kind !== 'ValueListNode') {
    refuse(`${where}: got ${list.kind}; expected a list of values or a select of one column`)
  }
  const raw = list.list('values')
  if (raw.length > limits.query.list) refuse(`${where}: a list holds at most ${limits.query.list} values`)
  return raw.map((item) => {
    const value =
      list.kind === 'PrimitiveValueListNode' ? readValue(item, where) : valueIn(valueNodeOf(item, where), where)
    return value ?? refuse(`${where}: a null in a list matches nothing; add "is null" as a condition of its own`)
  })
}

function valueNodeOf(item: unknown, where: string): TreeNode {
  const node = new TreeNode(item)
  return node.kind === 'ValueNode' ? node : refuse(`${where}: got ${node.kind} in the list; expected values alone`)
}

function amongRows(
  translator: Translator,
  found: Expr,
  word: OperatorNode,
  select: TreeNode,
  place: Place,
  where: string,
): Expr {
  if (select.kind !== 'SelectQueryNode') refuse(`${where}: got ${select.kind}; expected a select of one column`)
  if (select.has('limit') || select.has('offset')) {
    refuse(`${where}: a select with a limit cannot stand in a list; join with it instead`)
  }
  const { node, columns } = translator.select(select, place.scope, place.scope.commonTables)
  const [column, second] = columns
  if (!column || second) return refuse(`${where}: the select has ${columns.length} columns; expected one`)
  const type = commonType(found.type, column.type)
  if (!type) return refuse(`${where}: got ${found.type} and a select of ${column.type}`)
  return condition(
    sqlNode`(${asType(translator.forms, found, type)} ${word} ${node})`,
    found.nullable || column.nullable,
  )
}

const placed = (place: Place, operator: string): string => `${place.clause}: ${operator}`
