import type { StoredValue } from '@stockdb/contract/internal'
import type { SqlGrammar } from '../engine/sql-grammar.ts'
import { checkDates, type DateType } from './check-dates.ts'
import { checkTree, type TableRules } from './check-tree.ts'
import type { FloatColumns } from './float-columns.ts'
import { refuseHidden } from './hidden-columns.ts'
import { lex } from './lex.ts'
import { roundBesideFloats } from './round-floats.ts'
import type { SqlParser } from './sql-parser.ts'
import { type Written, writeOut } from './write-out.ts'

/** What is known of the tables of a statement, once they are. */
interface WhatIsRead {
  hidden(): ReadonlySet<string>
  dates(): ReadonlyMap<string, DateType>
  floats(): Promise<ReadonlyMap<string, FloatColumns>>
}

/**
 * Checks a statement that a caller wrote and returns it rewritten; the database only sees the rewritten text.
 * Three things must agree: that each word of it is a keyword, a function or a value of those that may be, or else a name in
 * quotes; that a parser understands what is written out; and that its tree holds nothing that is not on the lists.
 *
 * Throws `QUERY_REFUSED`, with what was refused and what would be accepted. Once the tables are known, `hidden` tells the
 * names of columns that may not be read, `dates` those that hold dates, and `floats` which columns of its tables are of FLOAT.
 */
export async function checkSql(
  sql: string,
  parameters: readonly StoredValue[],
  grammar: SqlGrammar,
  parser: SqlParser,
  rules: Omit<TableRules, 'systemTables'> & WhatIsRead,
): Promise<Written> {
  const tokens = lex(sql, grammar.doubleQuotes)
  const written = writeOut(tokens, parameters, grammar)
  const tree = await parser.parse({ sql: written.sql, dialect: grammar.parser })
  checkTree(tree, { ...rules, systemTables: grammar.systemTables })
  if (grammar.datesAreTexts) checkDates(tree, written.parameters, rules.dates())
  refuseHidden(tokens, rules.hidden())
  return roundBesideFloats(written, tree, () => rules.floats())
}
