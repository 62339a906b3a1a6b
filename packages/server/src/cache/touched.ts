import type { Written } from '../engine/engine.ts'

/** Rows that an answer depends on. */
export interface Need {
  /** Absent where it depends on any table. */
  readonly table: string | undefined
  /** Absent where it depends on all symbols; the same for the first and the last date. */
  readonly symbols?: readonly string[] | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Rows that a write touched. */
export interface Touched {
  /** Absent where it may be any. */
  readonly table: string | undefined
  readonly symbols?: ReadonlySet<string> | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Reads that began after this moment have the rows as they are now. In `performance.now()` time. */
  readonly seenAt: number
}

/** A write in the database's names; whatever is not known of it is left open. */
export function touchedBy(written: Written | undefined, table: string | undefined, seenAt: number): Touched {
  if (!written || table === undefined) return { table, seenAt }
  const { symbols, start, end, deletes } = written
  return {
    table,
    symbols: symbols && new Set(symbols),
    // A row that is gone may have been what showed that its symbol exists.
    ...(deletes ? {} : { from: start, to: end }),
    seenAt,
  }
}

/** Whether an answer that needs some rows, read from a moment on, may be another one after a write. */
export const isTouched = (needs: readonly Need[], readAt: number, touched: Touched): boolean =>
  readAt < touched.seenAt && needs.some((need) => overlap(need, touched))

function overlap(need: Need, touched: Touched): boolean {
  if (need.table === undefined || touched.table === undefined) return true
  if (need.table !== touched.table) return false
  if (need.from !== undefined && touched.to !== undefined && touched.to < need.from) return false
  if (need.to !== undefined && touched.from !== undefined && touched.from > need.to) return false
  const { symbols } = touched
  return !symbols || !need.symbols || need.symbols.some((symbol) => symbols.has(symbol))
}
