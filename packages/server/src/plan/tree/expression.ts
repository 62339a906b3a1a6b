import type { FieldTypeName } from '@stockdb/contract'
import { OperatorNode, ValueNode } from 'kysely'
import { sqlNode } from '../../engine/sql-node.ts'
import { aggregateCall } from './aggregate.ts'
import { caseExpression, functionCall, needCondition, needNumber } from './call.ts'
import { comparison, comparisons } from './comparison.ts'
import { commonUnit, type Expr } from './expr.ts'
import { groupedColumn, groupedExpression } from './grouping.ts'
import { columnNameIn, tableNameIn } from './names.ts'
import { asDouble, valueIn } from './operands.ts'
import { levelOfOperator, needLevel, tighter } from './precedence.ts'
import { refuse, shown } from './refuse.ts'
import { listed, type Place } from './scope.ts'
import type { Translator } from './translator.ts'
import type { TreeNode } from './tree-node.ts'
import { typeOfValue, valueNode } from './values.ts'

export const arithmetic = ['+', '-', '*', '/', '%'] as const

/** Translates any expression. */
export function expression(translator: Translator, node: TreeNode, place: Place, wanted?: FieldTypeName): Expr {
  return groupedExpression(node, place, (inner) => ungrouped(translator, node, inner, wanted))
}

function ungrouped(translator: Translator, node: TreeNode, place: Place, wanted: FieldTypeName | undefined): Expr {
  switch (node.kind) {
    case 'ReferenceNode': {
      const table = node.maybe('table', 'TableNode')
      return column(place, table && tableNameIn(table), columnNameIn(node.node('column', 'ColumnNode')))
    }
    case 'ColumnNode':
      return column(place, undefined, columnNameIn(node))
    case 'ValueNode':
      return value(translator, node, place, wanted)
    case 'ParensNode':
      return translator.expression(node.node('node'), place, wanted)
    case 'AndNode':
    case 'OrNode':
      return connective(translator, node, place)
    case 'UnaryOperationNode':
      return unary(translator, node, place)
    case 'BinaryOperationNode':
      return binary(translator, node, place)
    case 'FunctionNode':
      return functionCall(translator, node, place)
    case 'AggregateFunctionNode':
      return aggregateCall(translator, node, place)
    case 'CaseNode':
      return caseExpression(translator, node, place)
    case 'SelectQueryNode':
      return scalarSelect(translator, node, place)
    default:
      return refuse(`${place.clause}: a ${node.kind} cannot be used here; expected a column, a value or an expression`)
  }
}

function column(place: Place, table: string | undefined, name: string): Expr {
  const { column: found, scope } = place.scope.find(table, name)
  if (place.inAggregate && scope !== place.scope) {
    refuse(`${place.clause}: "${name}" of the outer query cannot be used in an aggregate; compute it there`)
  }
  return groupedColumn(found, scope, place, name)
}

function value(translator: Translator, node: TreeNode, place: Place, wanted: FieldTypeName | undefined): Expr {
  const where = `${place.clause}: a value`
  const given = valueIn(node, where)
  if (given === null) return { node: ValueNode.createImmediate(null), type: wanted ?? 'float64', nullable: true }
  const type = wanted ?? typeOfValue(given)
  return { node: valueNode(translator.forms, given, type, where, 'result'), type, nullable: false }
}

function connective(translator: Translator, node: TreeNode, place: Place): Expr {
  const word = node.kind === 'AndNode' ? 'and' : 'or'
  const sides = [node.node('left'), node.node('right')]
  for (const side of sides) needLevel(side, word, word)
  const [left, right] = sides.map((side) => needCondition(translator.expression(side, place), place.clause)) as [
    Expr,
    Expr,
  ]
  const operator = word === 'and' ? sqlNode` and ` : sqlNode` or `
  return {
    node: sqlNode`(${left.node}${operator}${right.node})`,
    type: 'bool',
    nullable: left.nullable || right.nullable,
  }
}

function unary(translator: Translator, node: TreeNode, place: Place): Expr {
  const operator = node.node('operator', 'OperatorNode').text('operator')
  const operand = node.node('operand')
  switch (operator) {
    case 'not': {
      needLevel(operand, 'not', operator)
      const { node: inner, nullable } = needCondition(translator.expression(operand, place), `${place.clause}: not`)
      return { node: sqlNode`(not ${inner})`, type: 'bool', nullable }
    }
    case '-': {
      needLevel(operand, 'atom', operator)
      const number = needNumber(translator.expression(operand, place), `${place.clause}: -`)
      const node = sqlNode`(- ${asDouble(translator.forms, number)})`
      return { ...number, column: undefined, single: undefined, type: 'float64', node }
    }
    case 'exists':
    case 'not exists': {
      const select = operand.kind === 'ParensNode' ? operand.node('node') : operand
      if (select.kind !== 'SelectQueryNode') refuse(`${operator}: got ${select.kind}; expected a select`)
      const { node: inner } = translator.select(select, place.scope, place.scope.commonTables)
      const word = operator === 'exists' ? sqlNode`exists ` : sqlNode`not exists `
      return { node: sqlNode`(${word}${inner})`, type: 'bool', nullable: false }
    }
    default:
      return refuse(
        `${place.clause}: the operator ${shown(operator)} is not supported; use not, exists, not exists or -`,
      )
  }
}

function binary(translator: Translator, node: TreeNode, place: Place): Expr {
  const operator = node.node('operator', 'OperatorNode').text('operator')
  if ((comparisons as readonly string[]).includes(operator)) return comparison(translator, operator, node, place)
  if (!(arithmetic as readonly string[]).includes(operator)) {
    const instead =
      operator === '||' ? "use eb.fn('concat', […])" : `operators are ${listed([...comparisons, ...arithmetic])}`
    refuse(`${place.clause}: the operator ${shown(operator)} is not supported; ${instead}`)
  }
  const [left, right] = [node.node('leftOperand'), node.node('rightOperand')]
  const level = levelOfOperator(operator)
  needLevel(left, level, operator)
  needLevel(right, tighter(level), operator)
  const [a, b] = [left, right].map((side) => {
    const number = needNumber(translator.expression(side, place, 'float64'), `${place.clause}: ${operator}`)
    return { ...number, node: asDouble(translator.forms, number) }
  }) as [Expr, Expr]
  const { forms } = translator
  return {
    node:
      operator === '%'
        ? forms.remainder(a.node, b.node)
        : forms.finite(sqlNode`(${a.node} ${OperatorNode.create(operator as '+' | '-' | '*' | '/')} ${b.node})`),
    type: 'float64',
    // Whatever is divided by zero is null.
    nullable: a.nullable || b.nullable || operator === '/' || operator === '%',
    unit: operator === '+' || operator === '-' ? commonUnit([a, b]) : undefined,
  }
}

/** A select that stands for a value: of one column, and of at most one row, which engines would see to differently. */
function scalarSelect(translator: Translator, node: TreeNode, place: Place): Expr {
  const { node: inner, columns, single } = translator.select(node, place.scope, place.scope.commonTables)
  const [only, second] = columns
  if (!only || second) return refuse(`${place.clause}: a select has ${columns.length} columns; expected one`)
  if (!single) refuse(`${place.clause}: a select may have several rows; add .limit(1), or an aggregate without groupBy`)
  return {
    node: sqlNode`${inner}`,
    type: only.type,
    nullable: true,
    unit: only.unit,
    pieces: only.pieces,
    single: only.single,
  }
}
