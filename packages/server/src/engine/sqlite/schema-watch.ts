import type { ReadQuery } from '../engine.ts'
import { tableChanged, tablesOf } from '../read-tables.ts'
import type { TableChanges } from '../table-changes.ts'
import type { TableShape } from '../table-shape.ts'
import { describeSqliteTable } from './describe.ts'
import type { Handle, Watch } from './handles.ts'

const signatureOf = (shape: TableShape | undefined): string => JSON.stringify(shape ?? null)

const versionOf = (identity: string, version: unknown): string => `${identity} ${String(version)}`

/** Detects that tables were altered since they were described, by SQLite's schema version. */
export class SchemaWatch implements Watch {
  readonly #changes: TableChanges
  /** Described tables and their shapes. */
  readonly #signatures = new Map<string, string>()
  /** The schema version for which they are valid. */
  #version: string | undefined

  constructor(changes: TableChanges) {
    this.#changes = changes
  }

  /** Describes a table and starts to watch it. */
  describe(handle: Handle, table: string): TableShape | undefined {
    this.#verify(handle)
    const shape = describeSqliteTable(handle, table)
    this.#signatures.set(table, signatureOf(shape))
    return shape
  }

  /**
   * Call it when the statement has its first row, and so its snapshot, which cannot be newer than the schema version
   * read here. Throws `DATABASE_INTERRUPTED`, for a retry, if one of the query's tables has changed.
   */
  check(handle: Handle, query: ReadQuery): void {
    const altered = this.#verify(handle)
    if (altered.length > 0 && tablesOf(query).some((table) => altered.includes(table))) throw tableChanged(altered)
  }

  /** Whether this version of a file's schema is the one that was described. */
  isAt(identity: string, version: unknown): boolean {
    return this.#version === versionOf(identity, version)
  }

  /** Changed tables, which are not watched until they are described again. */
  #verify(handle: Handle): string[] {
    // The number is meaningless for a replacement file.
    const version = versionOf(handle.identity, handle.prepare('pragma schema_version').get()?.schema_version)
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
