import { refusalOf } from '@stockdb/contract/wire'
import { refuse, shown } from './refuse.ts'

/** The nodes that a query may have, each with the properties that are looked at. Whatever else comes is refused. */
const shapes: Readonly<Record<string, readonly string[]>> = {
  SelectQueryNode: [
    ...['with', 'from', 'joins', 'selections', 'frontModifiers', 'where', 'groupBy', 'having'],
    ...['setOperations', 'orderBy', 'limit', 'offset'],
  ],
  WithNode: ['expressions', 'recursive'],
  CommonTableExpressionNode: ['name', 'expression'],
  CommonTableExpressionNameNode: ['table', 'columns'],
  FromNode: ['froms'],
  JoinNode: ['joinType', 'table', 'on'],
  OnNode: ['on'],
  WhereNode: ['where'],
  HavingNode: ['having'],
  GroupByNode: ['items'],
  GroupByItemNode: ['groupBy'],
  OrderByNode: ['items'],
  OrderByItemNode: ['orderBy', 'direction', 'nulls'],
  SelectModifierNode: ['modifier'],
  SelectionNode: ['selection'],
  SetOperationNode: ['operator', 'expression', 'all'],
  LimitNode: ['limit'],
  OffsetNode: ['offset'],
  AliasNode: ['node', 'alias'],
  TableNode: ['table'],
  SchemableIdentifierNode: ['identifier'],
  IdentifierNode: ['name'],
  ColumnNode: ['column'],
  ReferenceNode: ['table', 'column'],
  SelectAllNode: [],
  ValueNode: ['value', 'immediate'],
  ValueListNode: ['values'],
  PrimitiveValueListNode: ['values'],
  ParensNode: ['node'],
  AndNode: ['left', 'right'],
  OrNode: ['left', 'right'],
  BinaryOperationNode: ['leftOperand', 'operator', 'rightOperand'],
  UnaryOperationNode: ['operator', 'operand'],
  OperatorNode: ['operator'],
  FunctionNode: ['func', 'arguments'],
  AggregateFunctionNode: ['func', 'aggregated', 'distinct', 'filter', 'over'],
  OverNode: ['partitionBy', 'orderBy'],
  PartitionByNode: ['items'],
  PartitionByItemNode: ['partitionBy'],
  CaseNode: ['value', 'when', 'else', 'isStatement'],
  WhenNode: ['condition', 'result'],
}

/** What to use in place of properties that Kysely can set but a query over the wire cannot have. */
const refusedProperties: Readonly<Record<string, string>> = {
  'SelectQueryNode.distinctOn': 'use groupBy, or row_number() over a partition in a subquery',
  'SelectQueryNode.endModifiers': 'a query that only reads locks nothing; leave it out',
  'SelectQueryNode.explain': refusalOf('ExplainNode'),
  'SelectQueryNode.fetch': refusalOf('FetchNode'),
  'SelectQueryNode.top': refusalOf('TopNode'),
  'CommonTableExpressionNode.materialized': 'not every engine supports it; leave it out',
  'SelectModifierNode.rawModifier': refusalOf('RawNode'),
  'SchemableIdentifierNode.schema': 'datasets have no schema; name the dataset alone',
  'OrderByItemNode.collation': refusalOf('CollateNode'),
  'AggregateFunctionNode.orderBy': 'the order inside an aggregate does not matter to the supported ones; leave it out',
  'AggregateFunctionNode.withinGroup': 'not every engine has it; number the rows with row_number() instead',
}

/**
 * A node of a caller's tree, opened: its kind is known and it has no other property than its kind may. Only what the
 * caller's object itself holds is looked at, and none of its objects is handed on.
 */
export class TreeNode {
  readonly kind: string
  readonly #source: object

  constructor(source: unknown) {
    if (typeof source !== 'object' || source === null || Array.isArray(source)) {
      refuse(`expected a node; got ${shown(source)}`)
    }
    const kind: unknown = Object.hasOwn(source, 'kind') ? (source as { kind: unknown }).kind : undefined
    if (typeof kind !== 'string') refuse(`a node has no kind; db.query makes such trees`)
    if (!Object.hasOwn(shapes, kind)) refuse(refusalOf(shown(kind).slice(1, -1)))
    for (const key of Object.keys(source)) {
      if (key === 'kind' || shapes[kind]?.includes(key)) continue
      const name = `${kind}.${shown(key).slice(1, -1)}`
      refuse(
        `${name}: ${Object.hasOwn(refusedProperties, name) ? refusedProperties[name] : 'there is no such property'}`,
      )
    }
    this.kind = kind
    this.#source = source
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#source, key)
  }

  /** A property as it came. */
  raw(key: string): unknown {
    return this.has(key) ? (this.#source as Record<string, unknown>)[key] : undefined
  }

  /** A property that must be a node, of one of these kinds if any are named. */
  node(key: string, ...kinds: readonly string[]): TreeNode {
    return expectKind(new TreeNode(this.raw(key)), `${this.kind}.${key}`, kinds)
  }

  maybe(key: string, ...kinds: readonly string[]): TreeNode | undefined {
    return this.has(key) ? this.node(key, ...kinds) : undefined
  }

  /** A property that must be a list of nodes; empty where it is not there. */
  nodes(key: string, ...kinds: readonly string[]): TreeNode[] {
    return this.list(key).map((item) => expectKind(new TreeNode(item), `${this.kind}.${key}`, kinds))
  }

  /** A property that must be a list; empty where it is not there. */
  list(key: string): readonly unknown[] {
    const value = this.has(key) ? this.raw(key) : []
    return Array.isArray(value) ? value : refuse(`${this.kind}.${key}: got ${shown(value)}; expected a list`)
  }

  text(key: string): string {
    const value = this.raw(key)
    return typeof value === 'string' ? value : refuse(`${this.kind}.${key}: got ${shown(value)}; expected a text`)
  }

  /** A property that must be true or false; false where it is not there. */
  flag(key: string): boolean {
    const value = this.has(key) ? this.raw(key) : false
    return typeof value === 'boolean'
      ? value
      : refuse(`${this.kind}.${key}: got ${shown(value)}; expected true or false`)
  }

  /** The node as JSON, to compare it with others. */
  toJSON(): object {
    return this.#source
  }
}

function expectKind(node: TreeNode, where: string, kinds: readonly string[]): TreeNode {
  if (kinds.length === 0 || kinds.includes(node.kind)) return node
  return refuse(`${where}: got ${node.kind}; expected a ${kinds.join(' or a ')}`)
}

/**
 * Whether a node is SQL text of exactly one of these forms. Kysely makes such of its own for "asc", "desc" and
 * "on true"; they are compared, never passed on.
 */
export function rawText(source: unknown, ...forms: readonly string[]): string | undefined {
  if (typeof source !== 'object' || source === null) return undefined
  const { kind, sqlFragments, parameters, ...rest } = source as Record<string, unknown>
  if (kind !== 'RawNode' || !Array.isArray(sqlFragments) || sqlFragments.length !== 1) return undefined
  if (!Array.isArray(parameters) || parameters.length > 0 || Object.keys(rest).length > 0) return undefined
  return forms.find((form) => form === sqlFragments[0])
}
