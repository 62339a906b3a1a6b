import type { SqlGrammar } from '../sql-grammar.ts'

export const duckdbGrammar: SqlGrammar = {
  parser: 'duckdb',
  doubleQuotes: 'name',
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  datesAreTexts: false,
  systemSchemas: new Set(['information_schema', 'pg_catalog', 'temp', 'system']),
  systemTables: /^(?:duckdb_|pragma_|pg_|sqlite_)/i,
}
