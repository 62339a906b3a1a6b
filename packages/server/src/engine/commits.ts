import type { Dataset } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import type { Commit, CommitListener, WriteTransaction } from './engine.ts'

/** Notifies listeners of every commit of an engine. Writes of other processes are not seen. */
export class Commits {
  readonly #listeners = new Set<CommitListener>()

  /** Calls `listener` after each commit, once per dataset; returns a function to unsubscribe. */
  listen(listener: CommitListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Wraps a transaction to notify of its commit. Engines return only wrapped ones. */
  watch(transaction: WriteTransaction): WriteTransaction {
    const written = new Map<string, Commit>()
    return {
      upsert: (dataset, fields, rows, match) => {
        // Before the write: a write that fails half way may still be committed.
        written.set(dataset.name, { dataset, span: spanOf(dataset, fields, rows, written.get(dataset.name)?.span) })
        return transaction.upsert(dataset, fields, rows, match)
      },
      change: (dataset, statement) => {
        written.set(dataset.name, { dataset, span: undefined })
        return transaction.change(dataset, statement)
      },
      run: (statement) => transaction.run(statement),
      define: (statements) => transaction.define(statements),
      findMerged: (...given) => transaction.findMerged(...given),
      commit: async () => {
        try {
          await transaction.commit()
        } finally {
          // A failed commit may still have taken effect.
          for (const commit of written.values()) for (const listener of this.#listeners) listener(commit)
          written.clear()
        }
      },
      rollback: () => transaction.rollback(),
    }
  }
}

function spanOf(
  { date }: Dataset,
  fields: readonly string[],
  rows: readonly (readonly StoredValue[])[],
  before: Commit['span'],
): Commit['span'] {
  const at = date === undefined ? -1 : fields.indexOf(date)
  if (at < 0) return before
  let span = before
  for (const row of rows) {
    const day = row[at]
    if (typeof day !== 'string') continue
    if (!span) span = { from: day, to: day }
    else if (day < span.from) span = { from: day, to: span.to }
    else if (day > span.to) span = { from: span.from, to: day }
  }
  return span
}
