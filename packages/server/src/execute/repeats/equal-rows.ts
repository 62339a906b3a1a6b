import { type Batch, isValid, type Vector } from '@stockdb/contract/wire'

/** The last row of a batch, kept for the one that follows: the memory of its batch is filled again. */
export interface KeptRow {
  readonly values: readonly unknown[]
  readonly valid: readonly boolean[]
}

export const keepRow = ({ vectors }: Batch, row: number): KeptRow => ({
  values: vectors.map(({ values }) => values[row]),
  valid: vectors.map((vector) => isValid(vector, row)),
})

/** Whether a row equals the one before it in some columns, a null being equal to a null. */
export function equalsBefore(
  { vectors }: Batch,
  row: number,
  columns: readonly number[],
  before: KeptRow | undefined,
): boolean {
  if (row === 0 && !before) return false
  return columns.every((at) => {
    const vector = vectors[at] as Vector
    const valid = isValid(vector, row)
    const validBefore = row === 0 ? before?.valid[at] : isValid(vector, row - 1)
    const valueBefore = row === 0 ? before?.values[at] : vector.values[row - 1]
    return valid === validBefore && (!valid || sameValue(vector.values[row], valueBefore))
  })
}

/** As two values of one column are the same in an answer: −0 is not 0, and NaN is NaN. */
const sameValue = (a: unknown, b: unknown): boolean => (typeof a === 'number' ? Object.is(a, b) : a === b)

/**
 * The rows, but for the first one, that equal the row before them in a column of numbers as they lie in memory. Plain loops
 * over one kind of array: this is done with every row of a table whose key nobody enforces.
 */
export function adjacentEqual({ numRows, vectors }: Batch, at: number): Int32Array {
  const { values } = vectors[at] as Vector
  const found = new Int32Array(numRows)
  const count =
    values instanceof Int32Array
      ? inInts(values, numRows, found)
      : values instanceof BigInt64Array
        ? inLongs(new Int32Array(values.buffer, values.byteOffset, numRows * 2), numRows, found)
        : inOthers(values, numRows, found)
  return found.subarray(0, count)
}

function inInts(values: Int32Array, rows: number, found: Int32Array): number {
  let count = 0
  for (let row = 1; row < rows; row++) if (values[row] === values[row - 1]) found[count++] = row
  return count
}

/** In halves: a bigint for each would cost more than the rest. */
function inLongs(halves: Int32Array, rows: number, found: Int32Array): number {
  let count = 0
  for (let row = 1; row < rows; row++) {
    if (halves[2 * row] === halves[2 * row - 2] && halves[2 * row + 1] === halves[2 * row - 1]) found[count++] = row
  }
  return count
}

function inOthers(values: ArrayLike<unknown>, rows: number, found: Int32Array): number {
  let count = 0
  for (let row = 1; row < rows; row++) if (Object.is(values[row], values[row - 1])) found[count++] = row
  return count
}

/** Of some rows those that equal the row before them in a column of codes or days too. */
export function alsoEqual(values: Int32Array, rows: Int32Array): Int32Array {
  let count = 0
  for (const row of rows) if (values[row] === values[row - 1]) rows[count++] = row
  return rows.subarray(0, count)
}
