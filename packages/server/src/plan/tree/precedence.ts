import { refuse } from './refuse.ts'
import type { TreeNode } from './tree-node.ts'

/** How tightly SQL binds: a higher one is done first. */
const levels = { or: 1, and: 2, not: 3, comparison: 4, sum: 5, product: 6, atom: 7 } as const

export type Level = keyof typeof levels

const ARITHMETIC: Readonly<Record<string, Level>> = {
  '+': 'sum',
  '-': 'sum',
  '*': 'product',
  '/': 'product',
  '%': 'product',
}

/**
 * Refuses an operand that SQL would tear from its operator: Kysely writes `eb(eb('a', '+', 'b'), '*', 'c')` as
 * `a + b * c`. What the tree says and what the text would mean must be the same, so that the author has to say which.
 */
export function needLevel(operand: TreeNode, level: Level, operator: string): void {
  if (levels[levelOf(operand)] >= levels[level]) return
  refuse(`${operator}: an operand needs eb.parens(…) around it, or SQL would group it differently`)
}

/** One level more tightly than the given one: what may stand on the right of a minus. */
export function tighter(level: Level): Level {
  return level === 'sum' ? 'product' : 'atom'
}

export const levelOfOperator = (operator: string): Level => ARITHMETIC[operator] ?? 'comparison'

function levelOf(node: TreeNode): Level {
  switch (node.kind) {
    case 'OrNode':
      return 'or'
    case 'AndNode':
      return 'and'
    case 'UnaryOperationNode':
      return node.node('operator', 'OperatorNode').text('operator') === 'not' ? 'not' : 'atom'
    case 'BinaryOperationNode':
      return levelOfOperator(node.node('operator', 'OperatorNode').text('operator'))
    default:
      return 'atom'
  }
}
