import { type OperationNode, RawNode } from 'kysely'

/** SQL of our own around nodes; a template's text is in the source, so no text of a caller can get into it. */
export function sqlNode(fragments: TemplateStringsArray, ...nodes: readonly OperationNode[]): OperationNode {
  return RawNode.create([...fragments], nodes)
}

/** Nodes with commas between them. */
export function listNode(nodes: readonly OperationNode[]): OperationNode {
  return RawNode.create(['', ...nodes.map((_, index) => (index < nodes.length - 1 ? ', ' : ''))], nodes)
}

/** A call of a function whose name is a constant of ours. */
export function callNode(name: string, args: readonly OperationNode[]): OperationNode {
  return RawNode.create([`${name}(`, ')'], [listNode(args)])
}

/** A case with conditions, each with its result, and what holds where none does. */
export function caseNode(
  whens: readonly (readonly [condition: OperationNode, result: OperationNode])[],
  otherwise: OperationNode | undefined,
): OperationNode {
  const parts = whens.map(([condition, result]) => sqlNode` when ${condition} then ${result}`)
  const all = RawNode.create(['', ...parts.map(() => '')], parts)
  return otherwise ? sqlNode`(case${all} else ${otherwise} end)` : sqlNode`(case${all} end)`
}
