import type { parse } from '@guanmingchiu/sqlparser-ts'

/** The properties of a database's SQL that are needed to check and rewrite callers' statements. */
export interface SqlGrammar {
  /** The name of the database's dialect in the parser, sqlparser-rs. */
  readonly parser: Extract<Parameters<typeof parse>[1], string>
  /** The meaning of a text in double quotes. */
  readonly doubleQuotes: 'string' | 'name'
  /** Quotes a name, which contains no backquote, line break or NUL. */
  quote(name: string): string
  /**
   * Whether dates are stored as text, so that it must be known which value is compared with which column: parameters
   * are then written `?1`, `?2`, …, which distinguishes them in a tree.
   */
  readonly datesAreTexts: boolean
  /** System schemas, in lower case. */
  readonly systemSchemas: ReadonlySet<string>
  /** Names of system tables outside those schemas, such as schema and statistics tables; `undefined` if there are none. */
  readonly systemTables: RegExp | undefined
}
