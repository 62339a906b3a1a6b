/** Notifies of tables that have changed since they were described. */
export interface TableChanges {
  /** Increases when any table is accepted as it is now. */
  readonly generation: number
  /** The same for some tables: what was known of their columns before is void. */
  generationOf(tables: readonly string[]): number
  /** Calls `listener` with the names of tables that must be checked again. */
  listen(listener: (tables: readonly string[]) => void): void
  /** Requests a new check of tables. */
  doubt(tables: readonly string[]): void
  /** Changed tables can be read as they are now. */
  accept(tables: readonly string[]): void
}

/**
 * Notifies dependents that a table may have changed. Readers notice first, from the metadata of an answer.
 */
export class ToldChanges implements TableChanges {
  readonly #listeners = new Set<(tables: readonly string[]) => void>()
  readonly #generations = new Map<string, number>()
  #generation = 0

  get generation(): number {
    return this.#generation
  }

  generationOf(tables: readonly string[]): number {
    return tables.reduce((sum, table) => sum + (this.#generations.get(table) ?? 0), 0)
  }

  listen(listener: (tables: readonly string[]) => void): void {
    this.#listeners.add(listener)
  }

  doubt(tables: readonly string[]): void {
    for (const listener of this.#listeners) listener(tables)
  }

  accept(tables: readonly string[]): void {
    this.#generation++
    for (const table of new Set(tables)) this.#generations.set(table, (this.#generations.get(table) ?? 0) + 1)
  }
}
