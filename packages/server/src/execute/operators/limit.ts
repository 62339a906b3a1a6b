import type { Batch, FrameTrailer } from '@stockdb/contract/wire'
import { firstRows } from './first-rows.ts'
import type { Operator } from './operator.ts'

/** Keeps the first rows. The answer is complete if there were no more. */
export class Limit implements Operator {
  #left: number
  #cut = false
  /** Whether the batch taken last was shortened. */
  shortened = false
  readonly #stops: boolean

  /** `stops` says that all rows are read, not only one more than the limit, so reading can end early. */
  constructor(rows: number, stops: boolean) {
    this.#left = rows
    this.#stops = stops
  }

  get done(): boolean {
    return this.#stops && this.#cut
  }

  push(batch: Batch): readonly Batch[] {
    this.shortened = batch.numRows > this.#left
    const kept = this.shortened ? firstRows(batch, this.#left) : batch
    this.#cut ||= this.shortened
    this.#left -= kept.numRows
    return [kept]
  }

  end(trailer: FrameTrailer): FrameTrailer {
    return this.#cut ? { ...trailer, complete: false } : trailer
  }
}
