import type { Dataset } from '@stockdb/contract'
import { hasMembers, type StoredValue, tableName } from '@stockdb/contract/internal'
import type { Commit, CommitListener, WriteTransaction, Written } from './engine.ts'
import { changesTable } from './own-tables.ts'
import { writtenOf } from './written.ts'

/** Notifies listeners of every commit of an engine, and of those of other threads. Writes of other processes are not seen. */
export class Commits {
  readonly #listeners = new Set<CommitListener>()
  #committing = 0
  #defined = 0
  readonly #emitToOthers: CommitListener

  /** `emitToOthers` is called with each commit of an engine, not with those that are emitted. */
  constructor(emitToOthers: CommitListener = () => {}) {
    this.#emitToOthers = emitToOthers
  }

  /** Whether a commit has begun that listeners do not know of. */
  get areCommitting(): boolean {
    return this.#committing > 0
  }

  /** Increases with each change of tables, of which listeners are not notified. */
  get definitions(): number {
    return this.#defined
  }

  /** Tables were changed outside of a transaction. */
  define(): void {
    this.#defined++
  }

  /** Calls `listener` after each commit, once per dataset; returns a function to unsubscribe. */
  listen(listener: CommitListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Notifies the listeners of a commit, which may be that of another thread. */
  emit(commit: Commit): void {
    for (const listener of this.#listeners) listener(commit)
  }

  /** Wraps a transaction to notify of its commit. Engines return only wrapped ones. */
  watch(transaction: WriteTransaction): WriteTransaction {
    const written = new Map<string, Commit>()
    const recorded: Written[] = []
    return {
      upsert: (dataset, fields, rows, match) => {
        if (dataset === changesTable)
          for (const row of rows) {
            const change = writtenOf(fields, row)
            if (change) recorded.push(change)
          }
        // Before the write: a write that fails half way may still be committed.
        written.set(dataset.name, committed(dataset, spanOf(dataset, fields, rows, written.get(dataset.name)?.span)))
        return transaction.upsert(dataset, fields, rows, match)
      },
      change: (dataset, statement) => {
        written.set(dataset.name, committed(dataset, undefined))
        return transaction.change(dataset, statement)
      },
      run: (statement) => transaction.run(statement),
      define: (statements) => {
        this.#defined++
        return transaction.define(statements)
      },
      findMerged: (...given) => transaction.findMerged(...given),
      commit: async () => {
        let done = false
        this.#committing++
        try {
          await transaction.commit()
          done = true
        } finally {
          this.#committing--
          for (const commit of written.values()) {
            // A failed commit may still have taken effect, or take it later.
            const of = recorded.filter(({ dataset }) => dataset === commit.dataset)
            const event = done && of.length > 0 ? { ...commit, written: of } : commit
            this.emit(event)
            this.#emitToOthers(event)
          }
          written.clear()
          recorded.length = 0
        }
      },
      rollback: () => transaction.rollback(),
    }
  }
}

const committed = (dataset: Dataset, span: Commit['span']): Commit => ({
  dataset: dataset.name,
  table: tableName(dataset),
  hasMembers: hasMembers(dataset),
  span,
})

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
