/** One way to read the bench's `daily`, run in a process of its own. */
export interface Side {
  /** Reads all columns of the first `symbols` symbols into memory and resolves to the number of rows. */
  bulk(symbols: number): Promise<number>
  /** Reads the 64 rows of one symbol from a day on; `caller` is 0 to 7. */
  point(caller: number, symbol: string, start: string, end: string): Promise<number>
}

/** Where a side finds what it reads. */
export interface Addresses {
  readonly database: string
  readonly server: string
}
