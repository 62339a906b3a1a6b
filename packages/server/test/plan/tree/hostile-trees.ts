/** Trees that must be refused, by their mistake. Raw objects, as sent without our client. */

type Tree = Record<string, unknown>

const identifier = (name: unknown): Tree => ({ kind: 'IdentifierNode', name })
const table = (name: unknown): Tree => ({
  kind: 'TableNode',
  table: { kind: 'SchemableIdentifierNode', identifier: identifier(name) },
})
const reference = (name: unknown, of?: string): Tree => ({
  kind: 'ReferenceNode',
  column: { kind: 'ColumnNode', column: identifier(name) },
  ...(of === undefined ? {} : { table: table(of) }),
})
const selection = (what: Tree, alias?: unknown): Tree => ({
  kind: 'SelectionNode',
  selection: alias === undefined ? what : { kind: 'AliasNode', node: what, alias: identifier(alias) },
})
const value = (given: unknown): Tree => ({ kind: 'ValueNode', value: given })
const operator = (word: unknown): Tree => ({ kind: 'OperatorNode', operator: word })
const binary = (left: unknown, word: unknown, right: unknown): Tree => ({
  kind: 'BinaryOperationNode',
  leftOperand: left,
  operator: operator(word),
  rightOperand: right,
})
const call = (func: unknown, ...args: Tree[]): Tree => ({ kind: 'FunctionNode', func, arguments: args })
const raw = (...sqlFragments: string[]): Tree => ({ kind: 'RawNode', sqlFragments, parameters: [] })
const list = (values: unknown): Tree => ({ kind: 'PrimitiveValueListNode', values })

/** `select close from daily` with parts replaced. */
export const select = (parts: Tree = {}): Tree => ({
  kind: 'SelectQueryNode',
  from: { kind: 'FromNode', froms: [table('daily')] },
  selections: [selection(reference('close'))],
  ...parts,
})
const where = (condition: unknown): Tree => select({ where: { kind: 'WhereNode', where: condition } })
const selecting = (what: Tree): Tree => select({ selections: [selection(what, 'x')] })
const nested = (depth: number): unknown => {
  let tree: Tree = binary(reference('close'), '>', value(1))
  for (let n = 0; n < depth; n++) tree = { kind: 'ParensNode', node: tree }
  return where(tree)
}
/** Only JSON.parse creates an own property of this name. */
const parsed = (text: string): unknown => JSON.parse(text)

const functions = [
  ...['sleep', 'benchmark', 'load_file', 'get_lock', 'release_lock', 'user', 'current_user', 'database', 'version'],
  ...['load_extension', 'readfile', 'writefile', 'sys_exec', 'extractvalue', 'updatexml', 'uuid', 'rand', 'random'],
  ...[
    'sqlite_version',
    'randomblob',
    'zeroblob',
    'printf',
    'char',
    'group_concat',
    'count',
    'SLEEP',
    'abs(1) or sleep',
  ],
  ...['toString', 'constructor', '__proto__', 'hasOwnProperty', '', 'abs`', 'abs"', "abs'", 'abs--', 'abs/**/'],
]

const identifiers = [
  ...['daily"', 'daily`', "daily'", 'daily; drop table daily', 'daily--', 'dai ly', 'mysql.user', 'information_schema'],
  ...[
    'sqlite_master',
    'toString',
    'constructor',
    '__proto__',
    'hasOwnProperty',
    '',
    'x'.repeat(5_000),
    'daily\u0000',
    'ｄａｉｌｙ',
  ],
]

const values: readonly unknown[] = [
  ...[{}, [], { a: 1 }, { toString: 'x' }, [1], { kind: 'RawNode', sqlFragments: ['1'], parameters: [] }],
  ...[
    { $bigint: 1 },
    { $bigint: '1; drop table daily' },
    { $bigint: '9'.repeat(100) },
    { $bigint: '1', more: 1 },
    null,
  ],
]

const quoted = (name: string): string => JSON.stringify(name).slice(0, 30)

/** Trees by their mistake. */
export const hostileTrees: readonly (readonly [what: string, tree: unknown])[] = [
  ...[null, 1, 'select 1', true, [], {}, { kind: 1 }, { kind: null }, [select()]].map(
    (tree) => [`no node: ${JSON.stringify(tree).slice(0, 40)}`, tree] as const,
  ),
  ...[
    'RawNode',
    'InsertQueryNode',
    'DeleteQueryNode',
    'DropTableNode',
    'Unknown',
    'toString',
    '__proto__',
    'constructor',
  ].flatMap(
    (kind) =>
      [
        [`a root of kind ${kind}`, { ...select(), kind }],
        [`a column of kind ${kind}`, selecting({ ...reference('close'), kind })],
        [`a condition of kind ${kind}`, where({ kind })],
      ] as const,
  ),
  ...functions.flatMap(
    (name) =>
      [
        [`the function ${name}`, selecting(call(name, value(1)))],
        [`the function ${name} in a condition`, where(binary(call(name), '=', value(1)))],
        [
          `the aggregate ${name}`,
          name === 'count'
            ? null
            : selecting({ kind: 'AggregateFunctionNode', func: name, aggregated: [reference('close')] }),
        ],
      ] as const,
  ),
  ...identifiers.flatMap(
    (name) =>
      [
        [`the table ${quoted(name)}`, select({ from: { kind: 'FromNode', froms: [table(name)] } })],
        [`the column ${quoted(name)}`, selecting(reference(name))],
        [`the column of ${quoted(name)}`, selecting(reference('close', name))],
      ] as const,
  ),
  ...['a"b', 'a`b', "a'b", 'a b', '__proto__', '', 'x'.repeat(64), 'a;b', 1, null, {}].map(
    (name) =>
      [`the name ${String(name).slice(0, 30)}`, select({ selections: [selection(reference('close'), name)] })] as const,
  ),
  ...values.flatMap(
    (given) =>
      [
        [`the value ${JSON.stringify(given).slice(0, 40)}`, where(binary(reference('close'), '=', value(given)))],
        [
          `a list with ${JSON.stringify(given).slice(0, 40)}`,
          where(binary(reference('close'), 'in', list([1, given]))),
        ],
      ] as const,
  ),
  ...[
    'regexp',
    'rlike',
    'match',
    ':=',
    '->',
    '||',
    '&',
    '<<',
    'sounds like',
    '= 1 or 1 =',
    'toString',
    1,
    null,
    '+ sleep(1) +',
  ].map((word) => [`the operator ${String(word)}`, where(binary(reference('close'), word, value(1)))] as const),
  ['a missing value', where(binary(reference('close'), '=', { kind: 'ValueNode' }))],
  ['an invalid list', where(binary(reference('close'), 'in', list({ length: 1, 0: 1 })))],
  [
    'a list of 200,000 values',
    where(binary(reference('close'), 'in', list(Array.from({ length: 200_000 }, (_, n) => n)))),
  ],
  ['a text of 100,000 characters', where(binary(reference('ts_code'), '=', value('x'.repeat(100_000))))],
  ['SQL text in the select list', selecting(raw('sleep(1)'))],
  ['SQL text as a condition', where(raw('1 = 1'))],
  ['SQL text as a table', select({ from: { kind: 'FromNode', froms: [raw('daily')] } })],
  ['SQL text as an operator', where({ ...binary(reference('close'), '=', value(1)), operator: raw('=') })],
  ['SQL text with more than a direction', orderedBy(raw('desc, sleep(1)'))],
  ['SQL text with a direction and a parameter', orderedBy({ ...raw('desc'), parameters: [value(1)] })],
  ['SQL text with a direction in parts', orderedBy(raw('desc', ''))],
  ['SQL text with an extra property', orderedBy({ ...raw('desc'), more: 1 })],
  ['SQL text that is a direction, elsewhere', selecting(raw('desc'))],
  ['an alias that is SQL text', selecting({ kind: 'AliasNode', node: reference('close'), alias: raw('x') })],
  [
    'a schema',
    select({
      from: {
        kind: 'FromNode',
        froms: [
          {
            kind: 'TableNode',
            table: { kind: 'SchemableIdentifierNode', schema: identifier('mysql'), identifier: identifier('user') },
          },
        ],
      },
    }),
  ],
  ['an explain', select({ explain: { kind: 'ExplainNode' } })],
  ['a lock', select({ endModifiers: [{ kind: 'SelectModifierNode', modifier: 'ForUpdate' }] })],
  [
    'a modifier of SQL text',
    select({ frontModifiers: [{ kind: 'SelectModifierNode', rawModifier: raw('sql_no_cache') }] }),
  ],
  ['an unknown modifier', select({ frontModifiers: [{ kind: 'SelectModifierNode', modifier: 'distinct sleep(1)' }] })],
  ['an unknown property', select({ more: 1 })],
  ['a __proto__ property', parsed('{"kind":"SelectQueryNode","__proto__":{"from":1}}')],
  ['a constructor property', parsed('{"kind":"SelectQueryNode","constructor":{"prototype":{}}}')],
  ['invalid selections', select({ selections: { length: 1 } })],
  ['no selections', select({ selections: [] })],
  ['a limit of SQL text', select({ limit: { kind: 'LimitNode', limit: raw('1') } })],
  ['a limit that is a text', select({ limit: { kind: 'LimitNode', limit: value('1; drop table daily') } })],
  ['a negative limit', select({ limit: { kind: 'LimitNode', limit: value(-1) } })],
  ['a fractional limit', select({ limit: { kind: 'LimitNode', limit: value(1.5) } })],
  [
    'an unknown kind of join',
    select({ joins: [{ kind: 'JoinNode', joinType: 'InnerJoin lateral', table: table('stock_basic') }] }),
  ],
  [
    'an unknown set operation',
    select({
      setOperations: [{ kind: 'SetOperationNode', operator: 'union select 1 --', expression: select(), all: false }],
    }),
  ],
  ['a recursion', select({ with: { kind: 'WithNode', recursive: true, expressions: [] } })],
  [
    'an insert in a with',
    select({
      with: {
        kind: 'WithNode',
        expressions: [
          {
            kind: 'CommonTableExpressionNode',
            name: { kind: 'CommonTableExpressionNameNode', table: table('x') },
            expression: { kind: 'InsertQueryNode', into: table('daily') },
          },
        ],
      },
    }),
  ],
  [
    'more tables than a select may have',
    select({
      joins: Array.from({ length: 100 }, (_, n) => ({
        kind: 'JoinNode',
        joinType: 'CrossJoin',
        table: { kind: 'AliasNode', node: table('daily'), alias: identifier(`t${n}`) },
      })),
    }),
  ],
  [
    'more selects than a query may have',
    where(Array.from({ length: 60 }, () => exists()).reduce((left, right) => ({ kind: 'AndNode', left, right }))),
  ],
  ['300 levels', nested(300)],
  ['3,000 levels', nested(3_000)],
  ['a pattern with many wildcards', where(binary(reference('ts_code'), 'like', value('%a%b%c%d%e%f%g%h%')))],
  [
    'a row number by a parameter',
    selecting({ kind: 'AggregateFunctionNode', func: 'ntile', aggregated: [value('4')], over: { kind: 'OverNode' } }),
  ],
  [
    'a window function without a window',
    selecting({ kind: 'AggregateFunctionNode', func: 'row_number', aggregated: [] }),
  ],
  [
    'an aggregate in where',
    where(binary({ kind: 'AggregateFunctionNode', func: 'max', aggregated: [reference('close')] }, '>', value(1))),
  ],
]

function orderedBy(direction: Tree): Tree {
  const item = { kind: 'OrderByItemNode', orderBy: reference('close'), direction }
  return select({ orderBy: { kind: 'OrderByNode', items: [item] } })
}

function exists(): Tree {
  return { kind: 'UnaryOperationNode', operator: operator('exists'), operand: select() }
}
