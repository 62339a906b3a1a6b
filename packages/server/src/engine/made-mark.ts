/**
 * The mark of tables that stockdb has made, or was told to adopt: only these are altered. In MySQL it stands in the table's
 * comment. SQLite has none; there it is an index without entries, which goes with the table when it is dropped.
 */
export const MARK = 'made by stockdb'

/** A comment with the mark, as a literal of MySQL under the session's `sql_mode`. */
export function markedComment(comment = ''): string {
  const marked = comment === '' ? MARK : `${comment} (${MARK})`
  return `'${marked.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** The name of the index in SQLite. */
export const markIndex = (table: string): string => `${table}_made_by_stockdb`
