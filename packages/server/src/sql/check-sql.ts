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

/** What is known about the tables of a statement once they are known. */
interface WhatIsRead {
  hidden(): ReadonlySet<string>
  dates(): ReadonlyMap<string, DateType>
  floats(): Promise<ReadonlyMap<string, FloatColumns>>
}

/**
 * Checks a caller's statement and returns it rewritten; the database only sees the rewritten text. Three things must
 * hold: each word is an allowed keyword, function or value, or else becomes a quoted name; a parser understands the
 * rewritten text; and its tree contains only what is on the lists.
 *
 * Throws `QUERY_REFUSED` with what was refused and what would be accepted. Once the tables are known, `hidden` returns
 * the columns that may not be read, `dates` the columns that hold dates, and `floats` which columns of its tables are
 * FLOAT.
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
