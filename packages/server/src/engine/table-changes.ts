/** Notifies of tables that have changed since they were described. */
export interface TableChanges {
  /** Increases when a changed table was found, which invalidates earlier column metadata. */
  generation: number
  /** Calls `listener` with the names of tables that must be checked again. */
  listen(listener: (tables: readonly string[]) => void): void
  /** Requests a new check of tables. */
  doubt(tables: readonly string[]): void
}

/**
 * Notifies dependents that a table may have changed. Readers notice first, from the metadata of an answer.
 */
export class ToldChanges implements TableChanges {
  generation = 0
  readonly #listeners = new Set<(tables: readonly string[]) => void>()

  listen(listener: (tables: readonly string[]) => void): void {
    this.#listeners.add(listener)
  }

  doubt(tables: readonly string[]): void {
    for (const listener of this.#listeners) listener(tables)
  }
}
