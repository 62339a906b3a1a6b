import type { Dataset } from '@stockdb/contract'
import type { WriteColumns, WriteRow } from '@stockdb/contract/wire'

/** A table of flechette or apache-arrow, as far as its columns can be read. */
export interface ArrowTable {
  readonly numRows: number
  readonly schema: {
    readonly fields: readonly { readonly name: string; readonly type: { readonly typeId: number } }[]
  }
  /**
   * Finds a column by its name.
   *
   * @param name - the name of a column
   * @example
   * ```ts
   * import { tableFromArrays } from 'apache-arrow'
   * const rows = tableFromArrays({ ts_code: ['600519.SH'], trade_date: ['2024-06-28'], close: Float64Array.of(1467.39) })
   * rows.getChild('close')
   * ```
   */
  getChild(name: string): Iterable<unknown> | null
}

/** A frame that the client received. Prices that were adjusted are refused. */
export interface FrameToWrite<D extends Dataset> {
  readonly numRows: number
  readonly columns: WriteColumns<D>
  readonly meta: { readonly adjust?: string }
}

/** Some rows to write: objects, columns, a frame, or an Arrow table. */
export type WriteBatch<D extends Dataset> = readonly WriteRow<D>[] | WriteColumns<D> | FrameToWrite<D> | ArrowTable

/**
 * The rows of one write: one batch; an async iterable of batches; or a function that makes one, so that the client can send
 * them again.
 */
export type WriteData<D extends Dataset> =
  | WriteBatch<D>
  | AsyncIterable<WriteBatch<D>>
  | (() => AsyncIterable<WriteBatch<D>>)
