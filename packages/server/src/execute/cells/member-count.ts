import type { Batch, DatasetRows, FrameCoverage, Vector } from '@stockdb/contract/wire'
import type { MembersStep } from '../../plan/step.ts'
import { firstRows, lengthOfDictionary } from '../operators/first-rows.ts'

/** The most members without a row that are named. */
const NAMED = 100

/**
 * Takes the rows that are answered out of those of all members, and counts which members have a row in each dataset. Those that are
 * answered come first.
 */
export class MemberCount {
  readonly #members: MembersStep
  readonly #symbolAt: number
  readonly #takenAt: number
  readonly #rowsAt: readonly number[]
  readonly #found: number[]
  readonly #lacking: string[] = []
  #expected = 0
  #whole = 0
  #words = 0

  /** `names` are those of the batches' columns. */
  constructor(members: MembersStep, names: readonly string[]) {
    this.#members = members
    this.#symbolAt = names.indexOf(members.symbol)
    this.#takenAt = names.indexOf(members.taken)
    this.#rowsAt = members.datasets.map(({ column }) => names.indexOf(column))
    this.#found = members.datasets.map(() => 0)
  }

  /** The rows of the batch that are answered; of the others not even the codes are named. */
  take(batch: Batch): Batch {
    const { numRows, vectors } = batch
    const symbols = vectors[this.#symbolAt]
    const flags = this.#rowsAt.map((at) => numbers(vectors[at]))
    if (symbols?.type !== 'symbol') throw new TypeError('members have a symbol')
    for (let row = 0; row < numRows; row++) {
      let whole = true
      for (const [at, values] of flags.entries()) {
        if (values[row] === 1) this.#found[at] = (this.#found[at] as number) + 1
        else whole = false
      }
      if (whole) this.#whole++
      else if (this.#lacking.length < NAMED)
        this.#lacking.push(symbols.dictionary[symbols.values[row] as number] as string)
    }
    this.#expected += numRows
    const taken = numbers(vectors[this.#takenAt])
    const end = taken.indexOf(0)
    const answered = firstRows(batch, end < 0 ? numRows : end)
    this.#words = Math.max(this.#words, lengthOfDictionary(symbols.values.subarray(0, answered.numRows)))
    const named = {
      ...answered.vectors[this.#symbolAt],
      dictionary: symbols.dictionary.slice(0, this.#words),
    } as Vector
    return { ...answered, vectors: answered.vectors.with(this.#symbolAt, named) }
  }

  /** The counts of members so far. */
  addTo(coverage: FrameCoverage): FrameCoverage {
    return {
      ...coverage,
      symbolsExpected: this.#expected,
      symbolsFound: this.#whole,
      symbolsMissing: this.#lacking,
      symbolsMissingCount: this.#expected - this.#whole,
      datasets: this.#members.datasets.map(
        ({ dataset }, at): DatasetRows => ({ dataset, expected: this.#expected, found: this.#found[at] as number }),
      ),
    }
  }
}

function numbers(vector: Vector | undefined): Int32Array {
  if (vector?.type !== 'int32') throw new TypeError('the column that marks members is an integer')
  return vector.values
}
