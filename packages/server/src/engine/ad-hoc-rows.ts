import { StockdbError } from '@stockdb/contract/wire'
import type { AdHocBounds } from './ad-hoc.ts'

/** Minimum bytes of a value. */
const VALUE_BYTES = 8

/** Rows of a statement, counted as they arrive. */
export class AdHocRows {
  readonly rows: unknown[][] = []
  bytes = 0
  readonly #bounds: AdHocBounds

  constructor(bounds: AdHocBounds) {
    this.#bounds = bounds
  }

  /** Throws `TOO_MANY_ROWS` for the first row beyond a limit. */
  push(row: unknown[]): void {
    const { maxSqlRows, maxSqlBytes } = this.#bounds
    for (const value of row) this.bytes += VALUE_BYTES + sizeOf(value)
    if (this.rows.length >= maxSqlRows) throw tooMany(`more than ${maxSqlRows} rows`)
    if (this.bytes > maxSqlBytes) throw tooMany(`more than ${maxSqlBytes} bytes`)
    this.rows.push(row)
  }
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length * 2
  return value instanceof Uint8Array ? value.length : 0
}

export function tooMany(what: string): StockdbError {
  return new StockdbError('TOO_MANY_ROWS', `sql: the answer has ${what}; ask for less, or add a LIMIT`)
}

export function tooLong(timeoutMs: number): StockdbError {
  return new StockdbError('QUERY_TIMEOUT', `sql: the statement took longer than ${timeoutMs} ms; ask for less at once`)
}
