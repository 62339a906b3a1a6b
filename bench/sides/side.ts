/** One way to read the bench's `daily`, run in a separate process. */
export interface Side {
  /** Reads all columns of the first `symbols` symbols into memory and resolves to the number of rows. */
  bulk(symbols: number): Promise<number>
  /** Reads 64 rows of one symbol from a given day; `caller` is 0 to 7. */
  point(caller: number, symbol: string, start: string, end: string): Promise<number>
}

/** Addresses that a side reads from. */
export interface Addresses {
  readonly database: string
  readonly server: string
}
