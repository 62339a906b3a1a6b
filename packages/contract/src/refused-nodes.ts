const WRITES = 'db.query is read-only; import rows with "stockdb import"'
const TABLES = 'db.query is read-only; create tables with "stockdb migrate"'

/** Alternatives to nodes that Kysely can build but db.query does not accept. */
const alternatives: Readonly<Record<string, string>> = {
  RawNode:
    "SQL text is not accepted; use the builder's methods: .orderBy('close', 'desc') for sql`close desc`, eb(…), eb.fn(…)",
  InsertQueryNode: WRITES,
  UpdateQueryNode: WRITES,
  DeleteQueryNode: WRITES,
  MergeQueryNode: WRITES,
  CreateTableNode: TABLES,
  CreateIndexNode: TABLES,
  CreateViewNode: TABLES,
  CreateSchemaNode: TABLES,
  CreateTypeNode: TABLES,
  AlterTableNode: TABLES,
  DropTableNode: TABLES,
  DropIndexNode: TABLES,
  DropViewNode: TABLES,
  DropSchemaNode: TABLES,
  DropTypeNode: TABLES,
  ExplainNode: 'plans differ by engine; run EXPLAIN on the database itself',
  CastNode: 'engines cast differently; numbers are compared and computed as doubles without a cast',
  CollateNode: 'texts are compared bytewise on every engine; leave out collate',
  TupleNode: "compare the values one by one: eb.and([eb('a', '=', 1), eb('b', '=', 2)])",
  FetchNode: 'use .limit(n)',
  TopNode: 'use .limit(n)',
  JSONReferenceNode: 'datasets have no JSON; select the field itself',
  JSONPathNode: 'datasets have no JSON; select the field itself',
  ValuesNode: 'a table of values is not accepted; filter with .where(field, "in", list)',
  DefaultInsertValueNode: WRITES,
}

/** Explains why a query cannot have a node of this kind. */
export function refusalOf(kind: string): string {
  const reason = Object.hasOwn(alternatives, kind) ? alternatives[kind] : 'db.query does not support it'
  return `${kind}: ${reason}`
}
