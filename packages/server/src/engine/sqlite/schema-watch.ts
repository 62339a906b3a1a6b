import type { ReadQuery } from '../engine.ts'
import { tableChanged, tablesOf } from '../read-tables.ts'
import type { TableChanges } from '../table-changes.ts'
import type { TableShape } from '../table-shape.ts'
import { describeSqliteTable } from './describe.ts'
import type { Handle, Watch } from './handles.ts'

const signatureOf = (shape: TableShape | undefined): string => JSON.stringify(shape ?? null)

/** Notices that tables were altered since they were described: SQLite numbers the states of a file's schema. */
export class SchemaWatch implements Watch {
  readonly #changes: TableChanges
  /** Of tables that were described: what they were. */
  readonly #signatures = new Map<string, string>()
  /** The state of the schema in which all of them were so. */
  #version: string | undefined

  constructor(changes: TableChanges) {
    this.#changes = changes
  }

  /** Describes a table, to be watched from now on. */
  describe(handle: Handle, table: string): TableShape | undefined {
    this.#verify(handle)
    const shape = describeSqliteTable(handle, table)
    this.#signatures.set(table, signatureOf(shape))
    return shape
  }

  /**
   * Called once the statement has its first row, and so its snapshot, which cannot be newer than the state that is asked for
   * here. Throws `DATABASE_INTERRUPTED`, to be asked again, where one of the query's tables is another one now.
   */
  check(handle: Handle, query: ReadQuery): void {
    const altered = this.#verify(handle)
    if (altered.length > 0 && tablesOf(query).some((table) => altered.includes(table))) throw tableChanged(altered)
  }

  /** Tables that are no longer what they were; they are not watched until they are described again. */
  #verify(handle: Handle): string[] {
    // Of another file in its place the number says nothing.
    const version = `${handle.identity} ${String(handle.prepare('pragma schema_version').get()?.schema_version)}`
    if (version === this.#version) return []
    const altered = [...this.#signatures.keys()].filter(
      (table) => signatureOf(describeSqliteTable(handle, table)) !== this.#signatures.get(table),
    )
    for (const table of altered) this.#signatures.delete(table)
    if (altered.length > 0) this.#changes.doubt(altered)
    this.#version = version
    return altered
  }
}
