import type { parse } from '@guanmingchiu/sqlparser-ts'

/** What must be known of a database's SQL to check the statements that callers write, and to rewrite them. */
export interface SqlGrammar {
  /** The name of the database's dialect in the parser, sqlparser-rs. */
  readonly parser: Extract<Parameters<typeof parse>[1], string>
  /** What a text in double quotes is. */
  readonly doubleQuotes: 'string' | 'name'
  /** A name in the database's quotes. It holds no backquote, no line end and no character 0. */
  quote(name: string): string
  /**
   * Whether dates are kept as texts, so that which value is compared with which column must be known: parameters are then
   * written `?1`, `?2`, …, which tells them apart in a tree.
   */
  readonly datesAreTexts: boolean
  /** Schemas of the database's own, in lower case; nobody's tables. */
  readonly systemSchemas: ReadonlySet<string>
  /** Names of tables that the database makes up: its schema, its statistics, its settings; `undefined` if all are in those schemas. */
  readonly systemTables: RegExp | undefined
}
