/** Tables that are found to differ, as they are read, from what they were. */
export interface TableChanges {
  /** Grows when a table was found to be another one; what was said of its columns before says nothing then. */
  generation: number
  /** Calls `listener` with the names of tables that must be looked at again. */
  listen(listener: (tables: readonly string[]) => void): void
  /** Has tables looked at again. */
  doubt(tables: readonly string[]): void
}

/**
 * Tells those that rely on a table that it may have changed. Readers learn of it first, from what the database
 * says with an answer.
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
