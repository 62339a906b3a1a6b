import { refuse, shown } from './refuse.ts'
import type { TreeNode } from './tree-node.ts'

/** Letters of any script, digits and underscores. */
const NAME_FORM = /^[\p{L}_][\p{L}\p{M}\p{N}_]{0,62}$/u

/**
 * The name in an `IdentifierNode`. Names of callers are looked up, never written into SQL: what stands there was made
 * here. Odd ones are refused all the same.
 */
export function nameIn(identifier: TreeNode): string {
  const name = identifier.text('name')
  // As a key of a row it would set the row's prototype.
  if (!NAME_FORM.test(name) || name === '__proto__') {
    refuse(`name: got ${shown(name)}; expected letters, digits and underscores, 63 at most`)
  }
  return name
}

/** The name in a `TableNode`. */
export function tableNameIn(table: TreeNode): string {
  return nameIn(table.node('table', 'SchemableIdentifierNode').node('identifier', 'IdentifierNode'))
}

/** The name in a `ColumnNode`. */
export function columnNameIn(column: TreeNode): string {
  return nameIn(column.node('column', 'IdentifierNode'))
}
