import type { SqlGrammar } from '../sql-grammar.ts'

export const mysqlGrammar: SqlGrammar = {
  parser: 'mysql',
  doubleQuotes: 'string',
  quote: (name) => `\`${name}\``,
  datesAreTexts: false,
  systemSchemas: new Set(['information_schema', 'mysql', 'ndbinfo', 'performance_schema', 'sys']),
  systemTables: undefined,
}
