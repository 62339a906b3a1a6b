import { type Batch, isValid, type Vector } from '@stockdb/contract/wire'

/** The last row of a batch, copied for the next one because the memory of a batch is reused. */
export interface KeptRow {
  readonly values: readonly unknown[]
  readonly valid: readonly boolean[]
}

export const keepRow = ({ vectors }: Batch, row: number): KeptRow => ({
  values: vectors.map(({ values }) => values[row]),
  valid: vectors.map((vector) => isValid(vector, row)),
})

/** Whether a row equals the one before it in some columns; two nulls are equal. */
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

/** Whether two values are the same in an answer: −0 differs from 0, and NaN equals NaN. */
const sameValue = (a: unknown, b: unknown): boolean => (typeof a === 'number' ? Object.is(a, b) : a === b)

/**
 * The rows, except the first, that equal the row before them in a column of numbers, compared in memory. Plain loops over one
 * type of array, because every row of a table without an enforced key passes here.
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

/** Compared in halves: a bigint per value would cost more than everything else. */
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

/** Keeps those of some rows that also equal the row before them in a column of codes or days. */
export function alsoEqual(values: Int32Array, rows: Int32Array): Int32Array {
  let count = 0
  for (const row of rows) if (values[row] === values[row - 1]) rows[count++] = row
  return rows.subarray(0, count)
}
