import { existsSync } from 'node:fs'

const PLACES = ['/usr/bin/jupyter-nbconvert']

/** The program that runs Jupyter notebooks in tests: that of `STOCKDB_TEST_NBCONVERT`, or Debian's. */
export function nbconvert(): string | undefined {
  return [process.env.STOCKDB_TEST_NBCONVERT, ...PLACES].find((file) => file !== undefined && existsSync(file))
}
