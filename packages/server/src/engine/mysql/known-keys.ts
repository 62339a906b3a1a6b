import type { ColumnSource } from '../engine.ts'
import type { TableShape } from '../table-shape.ts'
import { flags } from './protocol.ts'

/** Flags of a column in any index. */
const INDEXED = flags.PRI_KEY | flags.UNIQUE_KEY | flags.MULTIPLE_KEY

/**
 * The keys of tables as they were last described. Plans take them for enforced; that a key was dropped since shows in
 * the flags of the columns of the answer.
 */
export class KnownKeys {
  /** By table and column, flags of which an answer has at least one. */
  readonly #flags = new Map<string, ReadonlyMap<string, number>>()

  describe(table: string, shape: TableShape | undefined): void {
    const found = new Map<string, number>()
    // The database flags only the first column of such an index.
    for (const [first] of shape?.unique ?? []) if (first) found.set(first.toLowerCase(), INDEXED)
    for (const column of shape?.key ?? []) found.set(column.toLowerCase(), flags.PRI_KEY)
    if (found.size === 0) this.#flags.delete(table)
    else this.#flags.set(table, found)
  }

  /** Whether a column with these flags is no longer in the key that its table had. */
  isLost({ table, column, key }: ColumnSource, said: number): boolean {
    const expected = key ? this.#flags.get(table)?.get(column.toLowerCase()) : undefined
    return expected !== undefined && (said & expected) === 0
  }
}
