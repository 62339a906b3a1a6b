import type { Dataset } from '@stockdb/contract'

/** What pandas calls the unnamed index of a frame when it writes a file. */
const INDEX_NAME = /^(?:|Unnamed: 0)$/

/** What the columns of a file are. */
export interface FileColumns {
  /** The field that each column of the file holds; `undefined` if the dataset has none. */
  readonly fields: readonly (string | undefined)[]
  /** Whether the first column is pandas' index. */
  readonly index: boolean
}

/**
 * Finds the fields of a file's columns: by the field's name, by its database column, or by either in other case if only
 * one matches.
 */
export function fileColumns({ fields }: Dataset, names: readonly string[]): FileColumns {
  const known = Object.entries(fields)
  const fieldOf = (name: string): string | undefined => {
    if (Object.hasOwn(fields, name)) return name
    const byColumn = known.find(([, { column }]) => column === name)
    if (byColumn) return byColumn[0]
    const lower = name.toLowerCase()
    const alike = known.filter(([field, { column }]) => [field, column].some((one) => one?.toLowerCase() === lower))
    return alike.length === 1 ? alike[0]?.[0] : undefined
  }
  const found = names.map(fieldOf)
  return { fields: found, index: found[0] === undefined && names.length > 1 && INDEX_NAME.test(names[0] ?? '') }
}
