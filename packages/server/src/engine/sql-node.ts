import { type OperationNode, RawNode } from 'kysely'

/** A SQL template around nodes; its text is in the source, so a caller's text cannot get into it. */
export function sqlNode(fragments: TemplateStringsArray, ...nodes: readonly OperationNode[]): OperationNode {
  return RawNode.create([...fragments], nodes)
}

/** Nodes with commas between them. */
export function listNode(nodes: readonly OperationNode[]): OperationNode {
  return RawNode.create(['', ...nodes.map((_, index) => (index < nodes.length - 1 ? ', ' : ''))], nodes)
}

/** A function call; the name is a constant in our source. */
export function callNode(name: string, args: readonly OperationNode[]): OperationNode {
  return RawNode.create([`${name}(`, ')'], [listNode(args)])
}

/** A case expression from conditions with results, and an else result. */
export function caseNode(
  whens: readonly (readonly [condition: OperationNode, result: OperationNode])[],
  otherwise: OperationNode | undefined,
): OperationNode {
  const parts = whens.map(([condition, result]) => sqlNode` when ${condition} then ${result}`)
  const all = RawNode.create(['', ...parts.map(() => '')], parts)
  return otherwise ? sqlNode`(case${all} else ${otherwise} end)` : sqlNode`(case${all} end)`
}
