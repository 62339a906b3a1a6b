import type { Dataset, Field, FieldName, ValueOf } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'

/** Rows of one dataset, values in the order of `Object.keys(dataset.fields)`. */
export interface SampleTable {
  readonly dataset: Dataset
  /** Generated while they are read; every pass generates the same rows. */
  readonly rows: Iterable<readonly StoredValue[]>
}

/** A row by field name; unlike in a frame, a missing float64 is null. */
export type RowOf<D extends Dataset> = {
  readonly [N in FieldName<D>]: D['fields'][N] extends infer F extends Field
    ? ValueOf<F> | (F['nullable'] extends false ? never : null)
    : never
}

/** A row that names only the fields with a value and those that are never null. */
export type SparseRowOf<D extends Dataset> = Partial<RowOf<D>> & {
  readonly [N in FieldName<D> as D['fields'][N]['nullable' & keyof D['fields'][N]] extends false
    ? N
    : never]: RowOf<D>[N]
}

/** A wide table from rows that name few of its fields. */
export function sparseTableOf<D extends Dataset>(dataset: D, rows: () => Iterable<SparseRowOf<D>>): SampleTable {
  const names = Object.keys(dataset.fields) as FieldName<D>[]
  return {
    dataset,
    rows: {
      *[Symbol.iterator]() {
        for (const row of rows()) yield names.map((name): StoredValue => (row as Partial<RowOf<D>>)[name] ?? null)
      },
    },
  }
}

/** A table from rows written by field name, so that the compiler finds missing or misspelt fields. */
export function tableOf<D extends Dataset>(dataset: D, rows: () => Iterable<RowOf<D>>): SampleTable {
  // Object.keys loses the types of the names.
  const names = Object.keys(dataset.fields) as FieldName<D>[]
  return {
    dataset,
    rows: {
      *[Symbol.iterator]() {
        for (const row of rows()) yield names.map((name): StoredValue => row[name])
      },
    },
  }
}
