import { engineOf, engines } from './engines.ts'

/**
 * Runs statements in order on a separate connection, without stockdb, and returns the rows of the last one as arrays.
 */
export const sql = (address: string, ...statements: readonly string[]): Promise<unknown[][]> =>
  engines[engineOf(address)].run(address, statements)
