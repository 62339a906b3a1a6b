import type { Batch, FrameTrailer } from '@stockdb/contract/wire'

/** One step of a plan at work on its rows. */
export interface Operator {
  /**
   * What it makes of a batch, each good until the one after the next is taken. `last` tells that no further batch comes. Throws
   * for rows that the answer cannot have.
   */
  push(batch: Batch, last: boolean): Iterable<Batch>
  /** Adds what it knows of all rows, which are through. Throws for what the answer lacks. The read holds no connection any more. */
  end?(trailer: FrameTrailer): FrameTrailer | Promise<FrameTrailer>
  /** Whether further rows are of no use. */
  readonly done?: boolean
}

/** What is made of a batch by one operator after another. */
export function* through(
  operators: readonly Operator[],
  batch: Batch,
  last: boolean,
  at = 0,
): Generator<Batch, void, undefined> {
  const operator = operators[at]
  if (!operator) yield batch
  else for (const made of operator.push(batch, last)) yield* through(operators, made, last, at + 1)
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
