import type { SqlGrammar } from '../sql-grammar.ts'

export const sqliteGrammar: SqlGrammar = {
  parser: 'sqlite',
  doubleQuotes: 'name',
  quote: (name) => `\`${name}\``,
  datesAreTexts: true,
  systemSchemas: new Set(['temp']),
  systemTables: /^(?:sqlite_|pragma_|dbstat$|fts|json_each$|json_tree$|bytecode$|tables_used$)/i,
}
