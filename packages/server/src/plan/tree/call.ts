import { type OperationNode, ValueNode } from 'kysely'
import { callNode, caseNode, sqlNode } from '../../engine/sql-node.ts'
import { anyOf, type Expr, isDay, isNumber, isText } from './expr.ts'
import { functions, substr } from './functions.ts'
import { asDouble, operands, valueIn } from './operands.ts'
import { refuse, shown } from './refuse.ts'
import { listed, type Place } from './scope.ts'
import type { Translator } from './translator.ts'
import type { TreeNode } from './tree-node.ts'

/** A call of a function of single rows. */
export function functionCall(translator: Translator, node: TreeNode, place: Place): Expr {
  const name = node.text('func')
  const args = node.nodes('arguments')
  if (name === substr.name) return substring(translator, args, place)
  const rule = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (!rule) {
    const known = [...Object.keys(functions), substr.name].sort()
    return refuse(`${place.clause}: the function ${shown(name)} is not supported; functions are ${listed(known)}`)
  }
  if (args.length < rule.min || args.length > rule.max) {
    refuse(`${name}: got ${args.length} arguments; expected ${rule.means}`)
  }
  return rule.make(translator.forms, argumentsOf(translator, rule.takes, args, place, name))
}

function argumentsOf(
  translator: Translator,
  takes: 'numbers' | 'texts' | 'days' | 'alike',
  args: readonly TreeNode[],
  place: Place,
  name: string,
): readonly Expr[] {
  if (takes === 'alike') return operands(translator, args, place, name, 'result').exprs
  return args.map((arg) => {
    const expr = translator.expression(
      arg,
      place,
      ({ numbers: 'float64', texts: 'text', days: 'date' } as const)[takes],
    )
    if (takes === 'numbers') return { ...needNumber(expr, name), node: asDouble(translator.forms, expr) }
    if (takes === 'texts' ? isText(expr.type) : isDay(expr.type)) return expr
    return refuse(`${name}: got ${expr.type}; expected a ${takes === 'texts' ? 'text' : 'date'}`)
  })
}

export function needNumber(expr: Expr, where: string): Expr {
  return isNumber(expr.type) ? expr : refuse(`${where}: got ${expr.type}; expected a number`)
}

/** From the start on, which counts from 1, so many characters; all the rest without a count. */
function substring(translator: Translator, args: readonly TreeNode[], place: Place): Expr {
  const [text, ...numbers] = args
  if (!text || numbers.length < 1 || numbers.length > 2) {
    return refuse(`substr: got ${args.length} arguments; expected ${substr.means}`)
  }
  const { forms } = translator
  const expr = translator.expression(text, place, 'text')
  if (!isText(expr.type)) refuse(`substr: got ${expr.type}; expected a text`)
  const [start, count] = numbers.map((number, index) => wholeNumber(number, 'substr', index === 0 ? 1 : 0))
  const parts = [forms.characters(expr.node), start, count].filter((part) => part !== undefined)
  return { node: forms.bytes(callNode('substr', parts)), type: 'text', nullable: expr.nullable, pieces: expr.pieces }
}

/** A whole number that is written out, because engines take no parameter in its place. */
export function wholeNumber(node: TreeNode, where: string, least: number): OperationNode {
  const value = node.kind === 'ValueNode' ? valueIn(node, where) : undefined
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    return refuse(
      `${where}: got ${value === undefined ? node.kind : shown(value)}; expected a whole number, ${least} or more`,
    )
  }
  return ValueNode.createImmediate(value)
}

/** Results of a case, brought to one type. */
export function caseExpression(translator: Translator, node: TreeNode, place: Place): Expr {
  if (node.flag('isStatement')) refuse('case: endCase() is for procedures; use end()')
  const subject = node.maybe('value')
  const whens = node.nodes('when', 'WhenNode')
  const [otherwise] = node.has('else') ? [node.node('else')] : []
  if (whens.length === 0) refuse('case: expected at least one when')
  const results = [...whens.map((when) => when.node('result')), ...(otherwise ? [otherwise] : [])]
  const { type, exprs } = operands(translator, results, place, `${place.clause}: case`, 'result')
  const conditions = whens.map((when) => {
    const condition = when.node('condition')
    if (!subject) return needCondition(translator.expression(condition, place), 'case').node
    const where = `${place.clause}: case`
    const [value, wanted] = operands(translator, [subject, condition], place, where, 'compared').exprs as [Expr, Expr]
    return sqlNode`(${value.node} = ${wanted.node})`
  })
  return {
    node: caseNode(
      conditions.map((condition, index) => [condition, (exprs[index] as Expr).node] as const),
      exprs[whens.length]?.node,
    ),
    type,
    nullable: !otherwise || exprs.some(({ nullable }) => nullable),
    ...anyOf(exprs),
  }
}

export function needCondition(expr: Expr, where: string): Expr {
  if (expr.type === 'bool') return expr
  return refuse(`${where}: got ${expr.type}; expected a condition, such as eb('close', '>', 10)`)
}
