const WRITES = 'db.query only reads; the import command of stockdb brings rows in'
const TABLES = 'db.query only reads; tables are made with "stockdb migrate"'

/** What to use in place of nodes that Kysely can make but a query over the wire cannot have. */
const alternatives: Readonly<Record<string, string>> = {
  RawNode:
    "SQL text is not taken; use the builder's methods: .orderBy('close', 'desc') for sql`close desc`, eb(…), eb.fn(…)",
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
  ExplainNode: 'plans differ by engine; ask the database itself',
  CastNode: 'engines cast differently; numbers are compared and computed with as doubles without a cast',
  CollateNode: 'texts are compared by their bytes everywhere; leave collate out',
  TupleNode: "compare the values one by one: eb.and([eb('a', '=', 1), eb('b', '=', 2)])",
  FetchNode: 'use .limit(n)',
  TopNode: 'use .limit(n)',
  JSONReferenceNode: 'datasets have no JSON; select the field itself',
  JSONPathNode: 'datasets have no JSON; select the field itself',
  ValuesNode: 'a table of values is not taken; filter with .where(field, "in", list)',
  DefaultInsertValueNode: WRITES,
}

/** Why a query cannot have a node of this kind, for its author; every kind has a reason. */
export function refusalOf(kind: string): string {
  const reason = Object.hasOwn(alternatives, kind) ? alternatives[kind] : 'a query over the wire does not have it'
  return `${kind}: ${reason}`
}
