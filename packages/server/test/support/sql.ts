import { engineOf, engines } from './engines.ts'

/**
 * Runs statements one after another on a connection of their own, beside stockdb, and gives the rows of the last one as
 * arrays.
 */
export const sql = (address: string, ...statements: readonly string[]): Promise<unknown[][]> =>
  engines[engineOf(address)].run(address, statements)
