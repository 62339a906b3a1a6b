import type { Column } from './columns.ts'

/** The numbers of the rows in the order of a column, equal ones as they were; nulls and NaN come last in both directions. */
export function sortedRows(columns: readonly Column[], numRows: number, descending: boolean): Int32Array {
  const sign = descending ? -1 : 1
  return Int32Array.from({ length: numRows }, (_, row) => row).sort((first, second) => {
    for (const column of columns) {
      const [a, b] = [column[first], column[second]]
      const [noA, noB] = [isMissing(a), isMissing(b)]
      if (noA !== noB) return noA ? 1 : -1
      if (noA) continue
      if ((a as number) < (b as number)) return -sign
      if ((a as number) > (b as number)) return sign
    }
    return first - second
  })
}

const isMissing = (value: unknown): boolean => value === null || value === undefined || Number.isNaN(value)
