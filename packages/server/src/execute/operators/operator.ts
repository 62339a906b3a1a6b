import type { Batch, FrameTrailer } from '@stockdb/contract/wire'

/** One step of a plan at work on its rows. */
export interface Operator {
  /**
   * What it makes of a batch, each good until the one after the next is taken. `last` tells that no further batch comes. Throws
   * for rows that the answer cannot have.
   */
  push(batch: Batch, last: boolean): Iterable<Batch>
  /** Refuses the answer for what it lacks, once all rows are read and before the last ones are sent. */
  check?(): Promise<void> | undefined
  /** Adds what it knows of all rows, which are through. Throws for what the answer lacks. The read holds no connection any more. */
  end?(trailer: FrameTrailer): FrameTrailer | Promise<FrameTrailer>
  /** Whether further rows are of no use. */
  readonly done?: boolean
}

/** What is made of a batch by one operator after another, from one of them on. */
export function through(operators: readonly Operator[], batch: Batch, last: boolean, from = 0): Iterable<Batch> {
  let current = batch
  for (let at = from; at < operators.length; at++) {
    const made = (operators[at] as Operator).push(current, last)
    // Nearly all make one of one.
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

/** What only looks at rows, and throws for some. */
export function checking(check: (batch: Batch) => void): Operator {
  return {
    push: (batch) => {
      check(batch)
      return [batch]
    },
  }
}
