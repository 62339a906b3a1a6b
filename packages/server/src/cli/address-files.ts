import { readFileSync } from 'node:fs'
import { StockdbError } from '@stockdb/contract/wire'

/** Variables of the environment that hold an address, which may have a password in it. */
const ADDRESSES = ['STOCKDB_DATABASE', 'STOCKDB_SQL_DATABASE', 'STOCKDB_WRITE_DATABASE']

/**
 * Takes addresses from the files that `STOCKDB_DATABASE_FILE` and its siblings name, as secrets of containers
 * and of systemd are handed over. Throws if a file cannot be read, or if both variables are set.
 */
export function readAddressFiles(env: NodeJS.ProcessEnv): void {
  for (const name of ADDRESSES) {
    const file = env[`${name}_FILE`]
    if (!file) continue
    if (env[name])
      throw new StockdbError('INVALID_INPUT', `${name}_FILE: got it together with ${name}; expected one of the two`)
    const address = contentOf(file, name)
    if (address === '') throw new StockdbError('INVALID_INPUT', `${name}_FILE: ${file} is empty; expected an address`)
    env[name] = address
  }
}

function contentOf(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new StockdbError('INVALID_INPUT', `${name}_FILE: cannot read ${file} (${code})`, { cause: error })
  }
}
