import type { Batch, FrameTrailer } from '@stockdb/contract/wire'

/** A step of a plan that processes its rows. */
export interface Operator {
  /**
   * Processes a batch; each result is valid until the one after the next is taken. `last` says that this is the last batch.
   * Throws for rows that the answer cannot have.
   */
  push(batch: Batch, last: boolean): Iterable<Batch>
  /** Throws if the answer lacks something, after all rows are read and before the last ones are sent. */
  check?(): Promise<void> | undefined
  /** Adds to the trailer after the last row. Throws if the answer lacks something. The read no longer holds a connection. */
  end?(trailer: FrameTrailer): FrameTrailer | Promise<FrameTrailer>
  /** Whether no further rows are needed. */
  readonly done?: boolean
}

/** Passes a batch through one operator after another. */
export function through(operators: readonly Operator[], batch: Batch, last: boolean, from = 0): Iterable<Batch> {
  let current = batch
  for (let at = from; at < operators.length; at++) {
    const made = (operators[at] as Operator).push(current, last)
    // Nearly all return one batch.
    if (!Array.isArray(made) || made.length > 1) return throughEach(operators, made, last, at + 1)
    if (made.length === 0) return made
    current = made[0]
  }
  return [current]
}

function* throughEach(
  operators: readonly Operator[],
  batches: Iterable<Batch>,
  last: boolean,
  from: number,
): Generator<Batch, void, undefined> {
  for (const batch of batches) yield* through(operators, batch, last, from)
}

/** An operator that only checks rows, and throws for some. */
export function checking(check: (batch: Batch) => void): Operator {
  return {
    push: (batch) => {
      check(batch)
      return [batch]
    },
  }
}
