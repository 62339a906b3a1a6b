import { type Client, connect, StockdbError, type Tushare, UnavailableError } from '@stockdb/client'

const DEFAULT_URL = 'http://127.0.0.1:7788'

/** Connects to the address in the first argument, else in `STOCKDB_URL`, else to the default address of `npm start`. */
export async function connectToServer(): Promise<Client<Tushare>> {
  process.on('uncaughtException', explain)
  const url = process.argv[2] ?? process.env.STOCKDB_URL ?? DEFAULT_URL
  try {
    return await connect(url, { token: process.env.STOCKDB_TOKEN })
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    return giveUp(
      `${error.message}\nStart a server with "npm start", or name another address as the first argument or in STOCKDB_URL.`,
    )
  }
}

/** Exits with a message instead of a stack, for missing data rather than faults in the code. */
export function giveUp(message: string): never {
  console.error(message)
  process.exit(1)
}

/** Messages of client and server errors say what to do; a stack would bury them. */
function explain(error: unknown): void {
  if (error instanceof StockdbError) giveUp(`${error.code}: ${error.message}`)
  console.error(error)
  process.exit(1)
}
